"""Remove the text of messages some time after it has served its purpose (design, section 10)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from core.actor import SYSTEM, Actor
from core.announced import TEXT_KEPT
from core.kept_answer import KEPT
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork

BATCH: Final = 1_000
MOST_BATCHES: Final = 20


@dataclass(frozen=True, slots=True)
class Retention:
    """How long text is kept: after delivery, and after a rejection; and, longer, of what has failed."""

    text: timedelta = timedelta(days=30)
    failed: timedelta = timedelta(days=180)


class PurgeText:
    """Removes what is due, batch by batch: each a short transaction, and so many at a call at the most."""

    def __init__(self, units_of_work: UnitsOfWork, retention: Retention) -> None:
        self._units_of_work = units_of_work
        self._retention = retention

    def __call__(self, actor: Actor) -> int:
        """Return how many deliveries, events and announcements lost their text, and answers went.

        Any number of schedulers may do this.
        """
        actor.must_be_system()
        keep = self._retention
        steps: tuple[Callable[[UnitOfWork], int], ...] = (
            lambda uow: uow.deliveries.purge_delivered(keep.text, BATCH),
            lambda uow: uow.deliveries.purge_failed(keep.failed, BATCH),
            lambda uow: uow.inbox.purge_rejected(keep.text, BATCH),
            lambda uow: uow.announcements.remove_texts(TEXT_KEPT, BATCH),
            lambda uow: uow.answers.purge(KEPT, BATCH),
        )
        return sum(self._all(step) for step in steps)

    def _all(self, step: Callable[[UnitOfWork], int]) -> int:
        number = 0
        for _ in range(MOST_BATCHES):
            with self._units_of_work(SYSTEM) as uow:
                purged = step(uow)
                uow.commit()
            number += purged
            if purged < BATCH:
                break
        return number
