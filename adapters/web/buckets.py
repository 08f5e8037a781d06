"""How often somebody may ask: a bucket each, which fills up with time. Memory is bounded."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_MOST: Final = 10_000  # buckets; the one that was not used for longest goes first, and would have filled up


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_s` requests a second in the long run, and so many at once as `at_once`."""

    per_s: float
    at_once: int


class Buckets:
    """Buckets by name, of one rate. For many threads."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic, most: int = _MOST) -> None:
        self._rate = rate
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # name -> (left, at)

    def take(self, name: str) -> float:
        """Take one from the bucket: 0, or how many seconds until there is one again."""
        with self._lock:
            left = self._now(name)
            if left < 1:
                return (1 - left) / self._rate.per_s
            self._put(name, left - 1)
            return 0.0

    def wait(self, name: str) -> float:
        """Return how many seconds until there is one in the bucket, and take nothing."""
        with self._lock:
            left = self._now(name)
            return 0.0 if left >= 1 else (1 - left) / self._rate.per_s

    def __len__(self) -> int:
        return len(self._left)

    def _now(self, name: str) -> float:
        left, at = self._left.get(name, (float(self._rate.at_once), self._clock()))
        return min(self._rate.at_once, left + (self._clock() - at) * self._rate.per_s)

    def _put(self, name: str, left: float) -> None:
        self._left[name] = (left, self._clock())
        self._left.move_to_end(name)
        if len(self._left) > self._most:
            self._left.popitem(last=False)
