"""Work off bulk operations: batch by batch within the store, each a transaction of its own.

A batch and how far the operation has come are stored together, so a worker that is killed leaves nothing
half done, and the next one goes on behind the last batch. No delivery is loaded.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from core.actor import SYSTEM, Actor
from core.announcement import Announcement, AnnouncementKind
from core.bulk import BulkKind, BulkOperation
from core.delivery_selection import GivenUp
from core.event import EventKind
from core.ports.clock import Clock
from core.ports.processes import Life
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.reason import Reason
from core.schedule import DELIVERED_BY
from core.usecases.steps.job import Slice, Task, work_off

BATCH: Final = 1_000
SLICE: Final = timedelta(seconds=20)


class WorkBulk:
    """Takes the operations in turn, so that a large one keeps no small one waiting."""

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        clock: Clock,
        *,
        life: Life,
        stopping: Callable[[], bool],
        batch: int = BATCH,
    ) -> None:
        self._units_of_work = units_of_work
        self._clock = clock
        self._life = life
        self._stopping = stopping
        self._batch = batch

    def __call__(self, actor: Actor, job_id: int) -> None:
        """Run the job; a repeated or outdated id does nothing. Raises TransientError from the store only."""
        actor.must_be_system()
        work_off(self._units_of_work, job_id, self._life, self._slice)

    def _slice(self, _: Task) -> bool:
        slice_ = Slice.begin(SLICE, self._clock, self._stopping)
        while not slice_.is_over:
            with self._units_of_work(SYSTEM) as uow:
                operation = uow.bulk.take()
                if operation is None:
                    return False
                self._do_batch(uow, operation)
                uow.commit()
        return True

    def _do_batch(self, uow: UnitOfWork, operation: BulkOperation) -> None:
        selection, after = operation.selection, operation.after
        if operation.kind is BulkKind.REPLAY:
            replayed = uow.deliveries.replay(operation.firms, selection, after=after, limit=self._batch)
            for name, kind in DELIVERED_BY.items():
                owners = sorted(firm_id for firm_id, of in replayed.owners if of is kind)
                if owners:
                    uow.jobs.enqueue(name, owners)
            uow.bulk.advance(operation.bulk_id, replayed.number, replayed.after)
            return
        why = f"given up by {operation.confirmed_by}: {operation.why}"
        discarded = uow.deliveries.discard(
            operation.firms, selection, after=after, limit=self._batch, why=why
        )
        uow.outbox.announce(_announcements(discarded.given_up))
        uow.bulk.advance(operation.bulk_id, discarded.number, discarded.after)


def _announcements(given_up: Sequence[GivenUp]) -> list[Announcement]:
    """Tell upstream of each that had not failed before. Why is the people's own, and stays here."""
    names = {EventKind.MESSAGE_SENT: "message_id", EventKind.DOCUMENT_UPLOADED: "document_id"}
    return [
        Announcement(
            AnnouncementKind.DELIVERY_FAILED,
            one.firm_id,
            one.case_integration_id,
            {
                names[one.kind]: one.subject_id,
                "case_integration_id": one.case_integration_id,
                "reason": Reason.DISCARDED,
                "detail": "a person gave it up",
            },
        )
        for one in given_up
    ]
