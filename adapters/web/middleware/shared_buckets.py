"""How often somebody may ask, over all processes of the web: counted here, and told to the store in blocks.

What was let through is told once it is a block: small at first, and up to a second's worth while somebody
keeps asking. So a busy key costs about a statement a second, and one that asks now and then costs none. All
that was told comes off one bucket; a process that hears it is overdrawn refuses until it is not. Nothing is
reserved, so nothing is lost where a balancer is not even; a process lets at most one block too many
through before it hears.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from starlette.concurrency import run_in_threadpool

from adapters.web.buckets import Buckets, Rate
from core.errors import CasebridgeError

Count = Callable[[str, float, int, int], float]
"""Note so many requests of somebody, of a rate: how many seconds until there is one again, 0 for now."""
_MOST: Final = 10_000  # names; what the one that was not used for longest has not told yet is forgotten
_QUIET: Final = 50  # a fiftieth of a bucket, in the time that one takes to fill, is told to nobody
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Untold:
    """What a process let through and has not told. Times are of the clock, in seconds."""

    since: float
    block: int
    number: int = 0
    refused_until: float = float("-inf")


class SharedBuckets:
    """Buckets by name, of one rate and one `kind`, shared by all who have the same store. For many threads.

    Without `count`, and while the store is out of reach, each process keeps the rate by itself.
    """

    def __init__(
        self, kind: str, rate: Rate, count: Count | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._kind = kind
        self._rate = rate
        self._count = count
        self._clock = clock
        self._own = Buckets(rate, clock)
        self._lock = threading.Lock()
        self._untold: OrderedDict[str, _Untold] = OrderedDict()
        self._first = max(1, rate.at_once // _QUIET)
        self._second = max(self._first, int(rate.per_s))
        self._fills_in_s = rate.at_once / rate.per_s

    async def take(self, name: str) -> float:
        """Take one: 0, or how many seconds until there is one again."""
        wait = self.wait(name) or self._own.take(name)
        if wait or self._count is None:
            return wait
        number = self._note(name)
        if number:
            await run_in_threadpool(self._tell, self._count, name, number)
        return 0.0

    def wait(self, name: str) -> float:
        """Return how many seconds until there is one, as far as this process heard, and take nothing."""
        with self._lock:
            untold = self._untold.get(name)
            refused_s = untold.refused_until - self._clock() if untold else 0.0
        return refused_s if refused_s > 0 else self._own.wait(name)

    def _note(self, name: str) -> int:
        """Note one; return how many are to be told now."""
        now = self._clock()
        with self._lock:
            untold = self._untold.setdefault(name, _Untold(now, self._first))
            self._untold.move_to_end(name)
            if len(self._untold) > _MOST:
                self._untold.popitem(last=False)
            age = now - untold.since
            if age >= self._fills_in_s and untold.number < self._first:
                untold.since, untold.number, untold.block = now, 0, self._first  # it filled up again
                age = 0.0
            untold.number += 1
            if untold.number < untold.block and age < self._fills_in_s:
                return 0
            number, untold.number, untold.since = untold.number, 0, now
            untold.block = min(2 * untold.block, self._second) if age < 1 else untold.block
            return number

    def _tell(self, count: Count, name: str, number: int) -> None:
        try:
            wait = count(f"{self._kind}:{name}", self._rate.per_s, self._rate.at_once, number)
        except CasebridgeError as error:
            _log.warning("requests_not_counted", error_type=type(error).__name__)
            wait = 0.0
        with self._lock:
            untold = self._untold.get(name)
            if untold is not None and wait > 0:
                untold.refused_until = self._clock() + wait
