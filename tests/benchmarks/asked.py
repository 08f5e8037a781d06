"""What a page asked Postgres for, and the same rows fetched without anything around them."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from adapters.postgres.store.limited_connection import LimitedConnection

Statement = tuple[Any, Any, bool]
"""A statement, its parameters, and whether a transaction begins with it."""


@contextmanager
def noted() -> Iterator[list[Statement]]:
    """Note the statements that this process's pools carry out within the block, in their order."""
    statements: list[Statement] = []
    a_connection: Any = LimitedConnection
    execute: Callable[..., Any] = LimitedConnection.execute

    def noting(self: LimitedConnection, query: Any, params: Any = None, **options: Any) -> Any:
        begins = self.info.transaction_status is TransactionStatus.IDLE
        statements.append((query, params, begins))
        return execute(self, query, params, **options)

    a_connection.execute = noting
    try:
        yield statements
    finally:
        a_connection.execute = execute


def fetch(connection: psycopg.Connection[Any], statements: Sequence[Statement]) -> float:
    """Run them as they are, fetch their rows, and return the seconds; what they changed is undone."""
    begun = time.perf_counter()
    for query, parameters, begins in statements:
        if begins:  # a role lasts as long as its transaction
            connection.rollback()
        cursor = connection.execute(query, parameters)
        if cursor.description is not None:
            cursor.fetchall()
    connection.rollback()
    return time.perf_counter() - begun
