"""A foreign transaction, as an analyst's or a backup's: it holds a snapshot, and locks, for some time."""

import threading
from types import TracebackType
from typing import Final, LiteralString, Self

import psycopg

HOLDS: Final[dict[str, LiteralString]] = {
    "a snapshot": "select count(*) from deliveries",
    "a snapshot and the rows of both firms": "select 1 from firms for update",
    "a snapshot and all lanes": "select 1 from lanes for update",
    "a snapshot and all jobs": "select 1 from jobs for update",
    "a snapshot and all that waits in the outbox": "select 1 from outbox for update",
}
_BEGINS_WITHIN_S: Final = 10


class HeldTransaction:
    """Held from the block's beginning to its end, or until so many seconds have passed."""

    def __init__(self, database_url: str, holds: str, seconds: float) -> None:
        self._url = database_url
        self._holds = HOLDS[holds]
        self._seconds = seconds
        self._let_go, self._holding = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._hold, name="held transaction", daemon=True)

    def begin(self) -> Self:
        """Begin; what it is to hold it has on return, unless others would not let it."""
        self._thread.start()
        self._holding.wait(_BEGINS_WITHIN_S)
        return self

    def end(self) -> None:
        """Roll it back."""
        self._let_go.set()
        self._thread.join(_BEGINS_WITHIN_S)

    __enter__ = begin

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def _hold(self) -> None:
        try:
            with psycopg.connect(self._url, autocommit=True) as connection:
                connection.execute("begin isolation level repeatable read")
                connection.execute("set local lock_timeout = '2 s'")
                connection.execute(self._holds)
                self._holding.set()
                self._let_go.wait(self._seconds)
                connection.execute("rollback")
        except psycopg.Error:  # the server was restarted, the connection killed, or a lock not to be had
            pass
        finally:
            self._holding.set()
