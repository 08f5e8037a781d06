"""Whether this process may begin a call, and what its errands left behind (ADR 97)."""

import itertools
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from core.errors import TransientError
from core.ports.clock import Clock
from core.ports.processes import Errand, Life
from core.process import HEARTBEAT, Heartbeat, owner_of
from core.reason import Reason


@dataclass(frozen=True, slots=True)
class _Sign:
    """The last answered renewal: of which number, and until when calls may begin by both clocks.

    `until_s` is of `elapsed`, in seconds, `until` the store's time.
    """

    process_id: int
    until_s: float
    until: datetime


class Standing(Life):
    """What a process's threads ask, and what its heart tells. One for a process.

    `elapsed` counts seconds and cannot be set; `clock` is the store's, and notices what `elapsed` cannot: a
    machine that stood still as a whole.
    """

    def __init__(self, clock: Clock, elapsed: Callable[[], float], heartbeat: Heartbeat = HEARTBEAT) -> None:
        self.elapsed = elapsed
        self._clock = clock
        self._calls_for = heartbeat.calls_for
        self._sign: _Sign | None = None
        self._numbers = itertools.count(1)
        self._ongoing: set[str] = set()
        self._lock = threading.Lock()
        self.dropped = threading.Event()
        """Set while there may be something to be given back."""

    @property
    def process_id(self) -> int | None:
        """The number under which this process is known now; None before its first sign of life."""
        return self._sign.process_id if self._sign is not None else None

    def seen(self, process_id: int, asked_s: float, seen_at: datetime) -> None:
        """Note an answered renewal: asked for at `asked_s` of `elapsed`, done at `seen_at` by the store."""
        until_s = asked_s + self._calls_for.total_seconds()
        self._sign = _Sign(process_id, until_s, seen_at + self._calls_for)

    def unseen(self) -> None:
        """Note that nothing may begin any more under the present number."""
        self._sign = None

    @contextmanager
    def errand(self) -> Iterator[Errand]:
        """See `Life.errand`."""
        sign = self._sign
        if sign is None or not self.may_begin(sign.process_id):
            raise TransientError(
                "this process could not tell the database that it lives; nothing was begun",
                reason=Reason.DATABASE_UNAVAILABLE,
            )
        errand = _Errand(self, sign.process_id, owner_of(sign.process_id, next(self._numbers)))
        with self._lock:
            self._ongoing.add(errand.owner)
        try:
            yield errand
        except BaseException:
            self.dropped.set()
            raise
        finally:
            with self._lock:
                self._ongoing.remove(errand.owner)

    def may_begin(self, process_id: int) -> bool:
        """Tell whether a call may begin now in the name of this number."""
        sign = self._sign
        return (
            sign is not None
            and sign.process_id == process_id
            and self.elapsed() < sign.until_s
            and self._clock.now() < sign.until
        )

    def left_behind(self, holding: Collection[str]) -> Sequence[str]:
        """Return those of this process's owners, found to hold something before, whose errands have ended."""
        with self._lock:
            return sorted(set(holding) - self._ongoing)


@dataclass(frozen=True, slots=True)
class _Errand(Errand):
    life: Standing
    process_id: int
    owner: str

    def may_begin(self) -> bool:
        return self.life.may_begin(self.process_id)
