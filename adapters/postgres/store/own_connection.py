"""A connection that one thread has for itself, whatever the pool's are busy with."""

from dataclasses import replace
from typing import Final

from adapters.postgres.store.limited_connection import LimitedConnection
from adapters.postgres.store.pool import connection_arguments
from adapters.postgres.store.time_limits import WORK

_CONNECT_WITHIN_S: Final = 3


class OwnConnection:
    """Stands where a pool does. Each statement is a transaction of its own: who is stopped holds no lock.

    It is made when first asked for, and anew when it was lost. For one thread, and not across a fork.
    """

    def __init__(
        self, database_url: str, *, application_name: str, answer_within_s: float, is_pooled: bool = False
    ) -> None:
        self._url = database_url
        self._name = application_name
        self._answer_within_s = answer_within_s
        self._is_pooled = is_pooled
        self._connection: LimitedConnection | None = None

    def getconn(self) -> LimitedConnection:
        """Return the connection. Raises psycopg.Error within a few seconds where the server is away."""
        if self._connection is None or self._connection.closed:
            limits = replace(WORK, statement_s=self._answer_within_s)
            arguments = connection_arguments(self._url, self._name, limits, is_pooled=self._is_pooled)
            arguments["connect_timeout"] = _CONNECT_WITHIN_S
            if self._is_pooled:
                arguments["prepare_threshold"] = None  # the next statement may run on another connection
            self._connection = LimitedConnection.connect("", autocommit=True, **arguments)
            self._connection.answer_within_s = self._answer_within_s
        return self._connection

    def putconn(self, connection: LimitedConnection) -> None:
        """Take it back; one that is broken is forgotten."""
        if connection.closed:
            self._connection = None

    def close(self) -> None:
        """Close it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
