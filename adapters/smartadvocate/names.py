"""Ids by name, kept for a while: from SmartAdvocate's lists where they can be had, else from rows."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from core.errors import CasebridgeError, ConnectionRejectedError, RateLimitedError
from core.firm import Firm
from core.ports.case_management import NamedId

KEEP: Final = timedelta(minutes=10)  # a list
KEEP_SEEN: Final = timedelta(hours=24)  # a pair of id and name that stood in a row
ASK_AGAIN: Final = timedelta(minutes=1)  # after a name was not there
_MAX_KEPT: Final = 20_000  # lists
_MAX_SEEN: Final = 1_000  # pairs a list

Ids = Mapping[str, str]  # name -> id


@dataclass(slots=True)
class _Kept:
    # Reentrant: reading rows observes the pairs that stand in them.
    lock: threading.RLock = field(default_factory=threading.RLock)
    listed: Ids = field(default_factory=dict)
    seen: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    asked_at: datetime | None = None
    has_list: bool = False


class Names:
    """One kind of list for all firms. Of several threads that miss a firm's list one asks, the others wait.

    `now` tells the time in UTC.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kept: dict[tuple[str, str | None], _Kept] = {}
        self._lock = threading.Lock()

    def find(
        self, firm: Firm, name: str, ask_list: Callable[[], Ids], ask_rows: Callable[[], Ids] = dict
    ) -> NamedId:
        """Return the id of `name`, asking `ask_list` where none is kept and `ask_rows` where it fails.

        Raises ConnectionRejectedError and RateLimitedError of either, and any error of `ask_rows`.
        """
        kept = self._of(firm)
        with kept.lock:
            now = self._now()
            id_ = self._known(kept, name, now)
            since = None if kept.asked_at is None else now - kept.asked_at
            if since is None or since >= KEEP or (id_ is None and since >= ASK_AGAIN):
                self._ask(kept, name, now, ask_list, ask_rows)
                id_ = self._known(kept, name, now)
            return NamedId(id_, tuple(sorted({*kept.listed, *kept.seen})))

    def observe(self, firm: Firm, ids: Ids) -> None:
        """Remember pairs that stood in rows which were read for another reason."""
        if not ids:
            return
        kept = self._of(firm)
        with kept.lock:
            self._note(kept, ids, self._now())

    def _ask(
        self, kept: _Kept, name: str, now: datetime, ask_list: Callable[[], Ids], ask_rows: Callable[[], Ids]
    ) -> None:
        try:
            kept.listed, kept.has_list = ask_list(), True
        except (RateLimitedError, ConnectionRejectedError):
            raise
        except CasebridgeError:  # the list's route is UNVERIFIED: whatever ails it must hold up nobody
            kept.listed, kept.has_list = {}, False
            if self._known(kept, name, now) is None:
                self._note(kept, ask_rows(), now)
        kept.asked_at = now

    @staticmethod
    def _known(kept: _Kept, name: str, now: datetime) -> str | None:
        if name in kept.listed:
            return kept.listed[name]
        seen = kept.seen.get(name)
        return seen[0] if seen is not None and now - seen[1] < KEEP_SEEN else None

    @staticmethod
    def _note(kept: _Kept, ids: Ids, now: datetime) -> None:
        for name, id_ in ids.items():
            if name in kept.seen or len(kept.seen) < _MAX_SEEN:
                kept.seen[name] = (id_, now)

    def _of(self, firm: Firm) -> _Kept:
        key = (firm.firm_id, firm.base_url)
        with self._lock:
            if key not in self._kept and len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            return self._kept.setdefault(key, _Kept())
