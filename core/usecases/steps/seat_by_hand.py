"""A seat for a person's command that calls a firm's SmartAdvocate outside a job."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from core.actor import SYSTEM
from core.errors import TransientError
from core.ports.clock import Clock
from core.ports.processes import Life
from core.ports.unit_of_work import UnitsOfWork
from core.reason import Reason

WITHIN: Final = timedelta(seconds=60)  # a slice of the case sync, and its last page
OF_ONE: Final = 6
"""So many of one firm may be at it in a process at once, or wait: each holds a thread; the web has 40."""
_LOOK_EVERY_S: Final = 0.1


class SeatByHand:
    """`with by_hand(firm_id):` around the calls of a command, so that they too keep the firm's limit.

    Hold it for calls only, never while a person is asked something: jobs of the firm wait meanwhile. It is
    the next to get a seat that becomes free, before all jobs. A process that dies with it keeps it no
    longer than it counts as alive. Not to be entered inside a job or inside another `with by_hand`.
    """

    def __init__(
        self, units_of_work: UnitsOfWork, clock: Clock, sleep: Callable[[float], object], life: Life
    ) -> None:
        self._units_of_work = units_of_work
        self._life = life
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._inside: Counter[str] = Counter()

    @contextmanager
    def __call__(self, firm_id: str, within: timedelta = WITHIN) -> Iterator[None]:
        """Wait for a seat, hold it, and give it back.

        Raises TransientError if none came free `within`, and at once where many of this process wait already:
        nobody else's page or request is to wait for a firm whose SmartAdvocate is slow.
        """
        with self._counted(firm_id), self._life.errand() as errand:
            with self._units_of_work(SYSTEM) as uow:
                seat_id = uow.jobs.ask_seat(firm_id, errand.owner)
                uow.commit()
            try:
                self._wait(firm_id, seat_id, within)
                yield
            finally:
                with self._units_of_work(SYSTEM) as uow:
                    uow.jobs.leave_seat(seat_id)
                    uow.commit()

    @contextmanager
    def _counted(self, firm_id: str) -> Iterator[None]:
        with self._lock:
            if self._inside[firm_id] >= OF_ONE:
                raise TransientError(
                    f"firm {firm_id!r}: as many of this process wait for its SmartAdvocate as may, {OF_ONE}",
                    reason=Reason.TOO_BUSY,
                    firm_id=firm_id,
                )
            self._inside[firm_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside[firm_id] -= 1
                self._inside += Counter()  # forgets who is at nothing

    def _wait(self, firm_id: str, seat_id: int, within: timedelta) -> None:
        until = self._clock.now() + within
        while not self._take(seat_id):
            if self._clock.now() >= until:
                raise TransientError(
                    f"firm {firm_id!r}: its SmartAdvocate was in use by as many jobs as the firm's "
                    f"concurrency allows for {within.total_seconds():.0f} s",
                    reason=Reason.TOO_BUSY,
                    firm_id=firm_id,
                )
            self._sleep(_LOOK_EVERY_S)

    def _take(self, seat_id: int) -> bool:
        with self._units_of_work(SYSTEM) as uow:
            taken = uow.jobs.take_seat(seat_id)
            uow.commit()
        return taken
