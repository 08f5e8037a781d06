"""A transaction's connection, as repositories use it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from adapters.postgres.store.access import Opening, begin
from adapters.postgres.store.errors import translated
from adapters.postgres.store.fronts import Fronts
from adapters.postgres.store.wake_ups import Channel

Row = tuple[Any, ...]
Parameters = Mapping[str, Any] | Sequence[Any]
Wake = Callable[[Channel], object]


class Session:
    """Runs statements on one connection. Raises TransientError, ConfigurationError, PermanentError.

    The first statement begins a transaction (READ COMMITTED: each statement sees what was committed
    before it began); `commit` or `rollback` ends it.
    """

    def __init__(
        self,
        connection: psycopg.Connection[Row],
        opening: Opening | None = None,
        wake: Wake = lambda _: None,
    ) -> None:
        """`opening` is run before each transaction's first statement (`adapters.postgres.store.access`)."""
        self._connection = connection
        self._opening = opening
        self._wake = wake
        self._to_wake: set[Channel] = set()
        self._afterwards: list[Callable[[], object]] = []

    @property
    def fronts(self) -> Fronts:
        """What this connection's pool remembers of where searches begin."""
        return getattr(self._connection, "fronts", None) or Fronts()

    def rows(self, statement: LiteralString, parameters: Parameters | None = None) -> list[Row]:
        """Run a statement and return all its rows."""
        caught: psycopg.Error
        try:
            return self._ready().execute(statement, parameters).fetchall()
        except psycopg.Error as error:
            caught = error
        raise translated(caught)

    def row(self, statement: LiteralString, parameters: Parameters | None = None) -> Row | None:
        """Run a statement and return its first row, or None."""
        found = self.rows(statement, parameters)
        return found[0] if found else None

    def run(self, statement: LiteralString | sql.Composed, parameters: Parameters | None = None) -> int:
        """Run a statement and return the number of rows it touched."""
        caught: psycopg.Error
        try:
            return self._ready().execute(statement, parameters).rowcount
        except psycopg.Error as error:
            caught = error
        raise translated(caught)

    def _ready(self) -> psycopg.Connection[Row]:
        begins_with = getattr(self._connection, "begins_with", None)
        if (self._opening or begins_with) and self._is_at_rest():
            if begins_with is not None and not self._connection.autocommit:
                self._connection.execute(begins_with)
            if self._opening:
                begin(self._connection, self._opening)
        return self._connection

    def _is_at_rest(self) -> bool:
        return self._connection.info.transaction_status is TransactionStatus.IDLE

    def afterwards(self, say: Callable[[], object]) -> None:
        """Let something be said, in the log, once the transaction is committed; else it did not happen."""
        self._afterwards.append(say)

    def will_wake(self, channel: Channel) -> None:
        """Let those who wait there be woken once the transaction is committed; else nobody is."""
        self._to_wake.add(channel)

    def commit(self) -> None:
        """Commit the transaction, if one is open; wake who waits for it, and say what was to be said."""
        caught: psycopg.Error | None = None
        try:
            self._connection.commit()
        except psycopg.Error as error:
            caught = error
        if caught is not None:
            raise translated(caught)
        to_wake, self._to_wake = self._to_wake, set()
        for channel in to_wake:
            self._wake(channel)
        to_say, self._afterwards = self._afterwards, []
        for say in to_say:
            say()
