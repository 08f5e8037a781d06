"""Transactions of the in-memory store: one at a time, all or nothing."""

import threading
from datetime import datetime
from typing import TYPE_CHECKING

from tests.fakes.tables import Tables

if TYPE_CHECKING:
    from tests.fakes.store import FakeStore

DEADLOCK_S = 30.0


class Transaction:
    """A copy of the tables, begun at the first use and swapped in on commit.

    From its first use until commit or rollback no other thread gets a transaction.
    """

    def __init__(self, store: "FakeStore") -> None:
        self._store = store
        self._tables: Tables | None = None

    @property
    def tables(self) -> Tables:
        """The tables as this transaction sees them."""
        if self._tables is None:
            self._store.begin()
            self._tables = self._store.tables.begun()
        return self._tables

    def now(self) -> datetime:
        """Return the store's time (UTC)."""
        return self._store.clock.now()

    def next_id(self) -> int:
        """Return a number that no row has had; numbers of a rolled back transaction stay unused."""
        return self._store.next_id()

    def commit(self) -> None:
        """Swap the tables in, unless the store was told to fail."""
        if self._tables is None:
            return
        tables, self._tables = self._tables, None
        self._store.end(tables)

    def roll_back(self) -> None:
        """Forget the tables."""
        if self._tables is not None:
            self._tables = None
            self._store.end(None)


class OneAtATime:
    """A lock that tells a deadlock instead of hanging."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner: int | None = None

    def acquire(self) -> None:
        """Wait for the transaction under way. A thread that has one already is a mistake of the caller."""
        if self._owner == threading.get_ident():
            raise RuntimeError("this thread began a transaction inside another one")
        if not self._lock.acquire(timeout=DEADLOCK_S):
            raise RuntimeError(f"another transaction did not end within {DEADLOCK_S:g} s")
        self._owner = threading.get_ident()

    def release(self) -> None:
        """Let the next one in."""
        self._owner = None
        self._lock.release()
