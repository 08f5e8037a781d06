"""Database errors become the core's, without a word of what was stored.

PostgreSQL quotes values in its messages and details ("Key (…)=(…) already exists"), and values here are
privileged. So only the SQLSTATE and the names of schema objects are passed on.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from adapters.postgres.store.away import why_away
from core.errors import CasebridgeError, ConfigurationError, PermanentError, TransientError
from core.reason import Reason

_PASSING = (
    psycopg.OperationalError,  # out of reach, restarting, deadlock, serialization, timeouts, disk full, pool
    psycopg.InterfaceError,  # the connection was closed under us
    errors.IdleInTransactionSessionTimeout,
    errors.TransactionTimeout,
    errors.ReadOnlySqlTransaction,  # still talking to a former primary
)
# Their context says "while locking tuple (page,place) in relation …": no values. Others' may quote some.
_LOCKING = (errors.DeadlockDetected, errors.LockNotAvailable)
_SCHEMA_MISSING = (
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.UndefinedFunction,
    errors.InvalidSchemaName,
)


def translated(error: psycopg.Error) -> CasebridgeError:
    """Return the error to raise in place of `error`, outside its `except` so that it is not chained."""
    label = f"{type(error).__name__}, SQLSTATE {error.sqlstate or 'none'}"
    if isinstance(error, _LOCKING) and error.diag.context:
        label += f", {error.diag.context.splitlines()[0]}"
    if isinstance(error, _PASSING):
        # Of its own errors PostgreSQL tells the state; without one nobody answered.
        seen = "could not do it now" if error.sqlstate else "does not answer"
        if why := why_away(error):
            seen += f": {why}"
        return TransientError(f"the database {seen} ({label})", reason=Reason.DATABASE_UNAVAILABLE)
    if isinstance(error, _SCHEMA_MISSING):
        return ConfigurationError(
            f"the database lacks a table, column or function that is needed here ({label})",
            reason=Reason.SCHEMA_BEHIND,
        )
    where = ", ".join(
        f"{name} {value}"
        for name, value in (
            ("table", error.diag.table_name),
            ("column", error.diag.column_name),
            ("constraint", error.diag.constraint_name),
        )
        if value
    )
    return PermanentError(
        f"the database refused a statement ({label}{', ' + where if where else ''})",
        reason=Reason.DATABASE_REFUSED,
    )


@contextmanager
def translating() -> Iterator[None]:
    """Raise the core's errors in place of psycopg's."""
    caught: psycopg.Error | None = None
    try:
        yield
    except psycopg.Error as error:
        caught = error
    if caught is not None:
        raise translated(caught)
