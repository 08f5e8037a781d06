"""A transaction's connection, as repositories use it."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from adapters.postgres.store.errors import translated

Row = tuple[Any, ...]
Parameters = Mapping[str, Any] | Sequence[Any]


class Session:
    """Runs statements on one connection. Raises TransientError, ConfigurationError, PermanentError.

    The first statement begins a transaction (READ COMMITTED: each statement sees what was committed
    before it began); `commit` or `rollback` ends it.
    """

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def rows(self, statement: LiteralString, parameters: Parameters | None = None) -> list[Row]:
        """Run a statement and return all its rows."""
        caught: psycopg.Error
        try:
            return self._connection.execute(statement, parameters).fetchall()
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
            return self._connection.execute(statement, parameters).rowcount
        except psycopg.Error as error:
            caught = error
        raise translated(caught)

    def commit(self) -> None:
        """Commit the transaction, if one is open."""
        caught: psycopg.Error
        try:
            self._connection.commit()
            return
        except psycopg.Error as error:
            caught = error
        raise translated(caught)
