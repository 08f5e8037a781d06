"""A firm's look-up lists by name, asked for seldom: ids are per firm (API sheet, quirk 11)."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from core.errors import (
    ConnectionRejectedError,
    NeedsPersonError,
    PermanentError,
    RateLimitedError,
    TransientError,
)

KEPT_S: Final = 600.0
_KEPT_WITHOUT_ROUTE_S: Final = 60.0
_MAX_FIRMS: Final = 20_000
_MAX_NAMES: Final = 500  # of one firm, collected from rows


@dataclass(frozen=True, slots=True)
class _Kept:
    until: float
    names: Mapping[str, str]


class NamedIds:
    """Ids by exact name for each firm. Any number of threads may ask.

    The list's route is a guess, so where it is not there the pairs seen in rows must do.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._seen: dict[str, dict[str, str]] = {}

    def see(self, firm_id: str, pairs: Mapping[str, str]) -> None:
        """Remember pairs that came with other rows."""
        if not pairs:
            return
        with self._lock:
            if firm_id not in self._seen and len(self._seen) >= _MAX_FIRMS:
                self._seen.clear()
            seen = self._seen.setdefault(firm_id, {})
            seen.update(pairs)
            while len(seen) > _MAX_NAMES:
                del seen[next(iter(seen))]

    def find(self, firm_id: str, name: str, ask: Callable[[], Mapping[str, str]]) -> str | None:
        """Return the id of `name`, or None. `ask` reads the list; it is kept for some minutes.

        Raises ConnectionRejectedError and RateLimitedError of `ask`; every other failure means that the
        list cannot be had.
        """
        with self._lock:
            kept = self._kept.get(firm_id)
        if kept is None or kept.until <= self._clock():
            kept = self._ask(ask)
            with self._lock:
                if len(self._kept) >= _MAX_FIRMS:
                    self._kept.clear()
                self._kept[firm_id] = kept
        found = kept.names.get(name)
        if found is None:
            with self._lock:
                found = self._seen.get(firm_id, {}).get(name)
        return found

    def _ask(self, ask: Callable[[], Mapping[str, str]]) -> _Kept:
        try:
            return _Kept(self._clock() + KEPT_S, ask())
        except (ConnectionRejectedError, RateLimitedError):
            raise
        except (NeedsPersonError, PermanentError, TransientError):
            return _Kept(self._clock() + _KEPT_WITHOUT_ROUTE_S, {})
