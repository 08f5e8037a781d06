"""A process shows that it lives, and gives back what its errands left behind (ADR 97)."""

from typing import Final

from core.actor import SYSTEM, Actor
from core.ports.unit_of_work import UnitsOfWork
from core.process import AboutProcess
from core.usecases.steps.standing import Standing
from core.usecases.steps.take_back import take_back

_GIVEN_BACK_AT_ONCE: Final = 100  # errands


class KeepAlive:
    """One for a process. `beat` is called by a thread of its own, in transactions of its own (`heart`)."""

    def __init__(
        self, heart: UnitsOfWork, units_of_work: UnitsOfWork, about: AboutProcess, standing: Standing
    ) -> None:
        self._heart = heart
        self._units_of_work = units_of_work
        self._about = about
        self._standing = standing

    def beat(self, actor: Actor) -> bool:
        """Give a sign of life; False where that began a new life: others had declared this process gone.

        Raises TransientError while the store is out of reach: then no call begins once the last sign is old.
        """
        actor.must_be_system()
        standing = self._standing
        known = standing.process_id
        if known is not None:
            asked_s = standing.elapsed()
            with self._heart(SYSTEM) as uow:
                seen_at = uow.processes.renew(known)
                uow.commit()
            if seen_at is not None:
                standing.seen(known, asked_s, seen_at)
                return True
            standing.unseen()
        asked_s = standing.elapsed()
        with self._heart(SYSTEM) as uow:
            process_id = uow.processes.begin(self._about)
            seen_at = uow.processes.renew(process_id)
            uow.commit()
        if seen_at is not None:
            standing.seen(process_id, asked_s, seen_at)
        return known is None

    def end(self, actor: Actor) -> None:
        """End this life: what is still held is taken back at once. Raises TransientError."""
        actor.must_be_system()
        known = self._standing.process_id
        self._standing.unseen()
        if known is not None:
            with self._heart(SYSTEM) as uow:
                uow.processes.end(known)
                uow.commit()

    def give_back(self, actor: Actor) -> int:
        """Give back what errands that have ended left claimed; return how many there were.

        The store is asked what is held: a claim whose commit reached it late, after its errand broke off, is
        found when it is there, and what others have locked just now is found again. To be called whenever
        something broke off, again until it returns 0, and now and then. Raises TransientError.
        """
        actor.must_be_system()
        standing, owners = self._standing, list[str]()
        standing.dropped.clear()  # what breaks off from now on sets it again
        try:
            if (known := standing.process_id) is not None:
                with self._units_of_work(SYSTEM) as uow:
                    holding = uow.processes.holding(known)
                    uow.commit()
                owners = [*standing.left_behind(holding)[:_GIVEN_BACK_AT_ONCE]]
            if owners:
                take_back(self._units_of_work, owners)
        except BaseException:
            standing.dropped.set()
            raise
        if owners:
            standing.dropped.set()
        return len(owners)
