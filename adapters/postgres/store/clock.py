"""The store's clock, as this process knows it without asking each time."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import structlog

from adapters.postgres.store.errors import translating
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.errors import TransientError
from core.ports.clock import Clock

_log = structlog.get_logger(__name__)

COMPARE_EVERY_S: Final = 30.0
COMPARE_WITHIN_S: Final = 1.0
STEP_S: Final = 1.0
_TOLD_FROM: Final = timedelta(seconds=10)
_SQL: Final = Statements.beside(__file__)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _elapsing() -> Callable[[], float]:
    """Return what counts seconds since some moment; where the system can tell, also while it slept."""
    boot_clock: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic if boot_clock is None else partial(time.clock_gettime, boot_clock)


elapsed_s: Final = _elapsing()  # asked a few times a note


@dataclass(frozen=True, slots=True)
class _Compared:
    """What a comparison found. `base` (UTC) is the store's time at elapsed second 0."""

    base: datetime
    wall_base_s: float
    good_until: float  # elapsed seconds


class StoreClock(Clock):
    """Tells the store's time: what one process writes (`run_at`, pauses, doubts, slots) the others compare
    with the store's clock, so a machine whose own clock is wrong must not count by it.

    Asks the store at first and then twice a minute, or when the machine's clock has made a step; in between
    it counts by a clock that no one can set. While the store is away it counts on. It is as exact as half
    the time a question takes. One for a process, used by all its threads.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        elapsed: Callable[[], float] = elapsed_s,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._pool = pool
        self._elapsed = elapsed
        self._wall = wall
        self._comparing = threading.Lock()
        self._compared: _Compared | None = None

    def now(self) -> datetime:
        compared, elapsed = self._compared, self._elapsed()  # asked a few times a note: once is enough
        if compared is None:
            with self._comparing:
                compared = self._compared or self._compare(None)
            elapsed = self._elapsed()
        elif (
            elapsed >= compared.good_until
            or abs(self._wall() - elapsed - compared.wall_base_s) > STEP_S  # the machine's clock was set
        ) and self._comparing.acquire(blocking=False):
            # Others go on with what is known meanwhile.
            try:
                compared = self._renewed(compared)
            finally:
                self._comparing.release()
            elapsed = self._elapsed()
        return compared.base + timedelta(seconds=elapsed)

    def _renewed(self, compared: _Compared) -> _Compared:
        try:
            return self._compare(COMPARE_WITHIN_S)
        except TransientError:
            elapsed = self._elapsed()
            later = elapsed + COMPARE_EVERY_S / 6
            self._compared = kept = _Compared(compared.base, self._wall() - elapsed, later)
            return kept

    def _compare(self, within_s: float | None) -> _Compared:
        """Ask the store for its time; `within_s` is for the whole (None: as long as any statement)."""
        with translating(), self._pool.connection(within_s) as connection:
            began = self._elapsed()
            with connection.answering_within(within_s or connection.answer_within_s):
                [[store_now]] = Session(connection).rows(_SQL["now"])
            ended = self._elapsed()
        base: datetime = store_now - timedelta(seconds=(began + ended) / 2)
        wall_base_s = self._wall() - ended
        difference = _EPOCH + timedelta(seconds=wall_base_s) - base
        if abs(difference) > _TOLD_FROM:
            _log.warning("machine_clock_differs", seconds=round(difference.total_seconds(), 1))
        self._compared = compared = _Compared(base, wall_base_s, ended + COMPARE_EVERY_S)
        return compared
