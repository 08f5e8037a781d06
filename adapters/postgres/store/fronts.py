"""Where an index of what waits begins to be alive, as a process remembers it where a search was slow.

What waits is found by the time since when it does. While somebody holds a transaction open PostgreSQL cannot
clean away what waited before and is done: each search from the beginning walks over all of it (ADR 101).
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

SLOW_S: Final = 0.02
KEPT_TIMES: Final = 20.0
KEPT_AT_MOST_S: Final = 5.0
MARGIN: Final = timedelta(seconds=10)
"""So long before the first that was alive a search begins: late commits mostly fall behind that."""

Key = tuple[str, str]


class Fronts:
    """One for all connections of a pool and all threads; at worst one searches from the beginning once more.

    A search that was slow is not made again for twenty times as long as it took, five seconds at most: until
    then others begin where it met the first that was alive. What is put before that meanwhile is found
    afterwards, or when nothing else is.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._known: dict[Key, tuple[datetime, float]] = {}  # where to begin, and until when

    def searches(self, key: Key) -> Iterator[datetime | None]:
        """Give where to begin, and where nothing is found there again; None is the beginning of all."""
        begin_at, until_s = self._known.get(key, (None, 0.0))
        if begin_at is not None and self._monotonic() < until_s:
            yield begin_at
        yield None

    def searched_all(self, key: Key, first: datetime | None, took_s: float) -> None:
        """Remember the first that a search from the beginning met, in whose hands ever; None: none."""
        if first is None or took_s < SLOW_S:
            self._known.pop(key, None)
        else:
            until_s = self._monotonic() + min(KEPT_TIMES * took_s, KEPT_AT_MOST_S)
            self._known[key] = (first - MARGIN, until_s)
