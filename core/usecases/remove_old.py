"""Remove what has served its purpose: text some time after that (design, section 10), rows later still."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from core.actor import SYSTEM, Actor
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.retention import Growing, Mark, Removed, Retention

BATCH: Final = 1_000

# What only loses its text. Each says how many did; fewer than asked for: none was left.
_TEXTS: Final[Mapping[Growing, Callable[[UnitOfWork, Retention], int]]] = {
    Growing.TEXTS: lambda uow, keep: uow.deliveries.purge_delivered(keep.text, BATCH),
    Growing.FAILED_TEXTS: lambda uow, keep: uow.deliveries.purge_failed(keep.failed, BATCH),
    Growing.REJECTED_BODIES: lambda uow, keep: uow.inbox.purge_rejected(keep.text, BATCH),
    Growing.ANNOUNCED_TEXTS: lambda uow, keep: uow.outbox.remove_texts(
        keep.of(Growing.ANNOUNCED_TEXTS), BATCH
    ),
    Growing.ANSWERS: lambda uow, keep: uow.answers.purge(keep.of(Growing.ANSWERS), BATCH),
}


class RemoveOld:
    """Removes batch by batch, each a short transaction of its own, so that it can end after any of them.

    It remembers where it was: what stays for a reason is passed once, not by every batch.
    """

    def __init__(self, units_of_work: UnitsOfWork, retention: Retention) -> None:
        self._units_of_work = units_of_work
        self._retention = retention
        self._marks: dict[Growing, Mark | None] = {}

    def batch(self, actor: Actor, what: Growing) -> Removed:
        """Remove one batch; `is_over` also while another process removes of this.

        Any number of schedulers may do this. Raises TransientError.
        """
        actor.must_be_system()
        keep = self._retention.of(what)
        with self._units_of_work(SYSTEM) as uow:
            if not uow.removal.begin(what):
                return Removed(0, is_over=True)
            removed = self._remove(uow, what, keep)
            uow.removal.note(what, keep, removed)
            uow.commit()
        if removed.mark is not None:
            self._marks[what] = removed.mark
        return removed

    def from_the_start(self, actor: Actor) -> None:
        """Look next at the oldest again: what stayed for a reason may go by now."""
        actor.must_be_system()
        self._marks.clear()

    def _remove(self, uow: UnitOfWork, what: Growing, keep: timedelta) -> Removed:
        if what in _TEXTS:
            number = _TEXTS[what](uow, self._retention)
            return Removed(number, is_over=number < BATCH)
        return uow.removal.remove(what, keep, BATCH, self._marks.get(what))
