"""Whether an address leads to a database that casebridge can use: encoded in UTF-8, and itself.

Some things belong to a connection, not to a transaction: notifications, the lock of migrations, settings.
A pooler that shares connections between transactions (PgBouncer, pool_mode=transaction) takes them away. It
is known by the settings that it does not pass on, whatever it says of itself.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg

from adapters.postgres.store.errors import translating
from adapters.postgres.store.pool import connection_arguments
from adapters.postgres.store.statements import Statements
from core.errors import ConfigurationError
from core.reason import Reason

ENCODING: Final = "UTF8"
_SQL: Final = Statements.beside(__file__)
# What PgBouncer says where it was not told to drop settings in silence (ignore_startup_parameters).
_REFUSED: Final = "unsupported startup parameter"


@contextmanager
def straight(database_url: str, application_name: str) -> Iterator[psycopg.Connection[Any]]:
    """Give a connection of its own to PostgreSQL itself, autocommitting, and close it.

    Raises ConfigurationError where a pooler stands between (DATABASE_POOLED), and where the database is not
    encoded in UTF-8 (DATABASE_ENCODING); TransientError where it is out of reach.
    """
    mark = secrets.token_hex(8)
    arguments = connection_arguments(database_url, application_name)
    arguments["options"] += f" -c casebridge.mark={mark}"
    with translating(), _connected(arguments) as connection:
        row = connection.execute(_SQL["mark"]).fetchone()
        if row is None or row[0] != mark:
            raise _pooled("it drops what a connection is told at its beginning")
        _check_encoding(connection)
        yield connection


def check_same_database(pooled_url: str, direct_url: str) -> None:
    """Raise ConfigurationError unless both lead to one database. Raises TransientError as above."""
    with straight(direct_url, "casebridge-check") as connection:
        there = connection.execute(_SQL["which"]).fetchone()
    with (
        translating(),
        psycopg.connect(
            "",
            autocommit=True,
            prepare_threshold=None,
            **connection_arguments(pooled_url, "casebridge-check", is_pooled=True),
        ) as connection,
    ):
        here = connection.execute(_SQL["which"]).fetchone()
    if here != there:
        raise ConfigurationError(
            "CASEBRIDGE_DATABASE_URL and CASEBRIDGE_DIRECT_DATABASE_URL lead to two databases; they must be "
            "two ways to one"
        )


def _connected(arguments: dict[str, Any]) -> psycopg.Connection[Any]:
    refused = False
    try:
        return psycopg.connect("", autocommit=True, **arguments)
    except psycopg.OperationalError as error:
        refused = _REFUSED in str(error)
        if not refused:
            raise
    raise _pooled("it refuses what a connection is told at its beginning")


def _pooled(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"the database's URL leads through a connection pooler such as PgBouncer: {why}",
        reason=Reason.DATABASE_POOLED,
    )


def _check_encoding(connection: psycopg.Connection[Any]) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != ENCODING:
        raise ConfigurationError(
            f"the database {connection.info.dbname!r} is encoded in {encoding}, which does not hold every "
            f"letter that people write; casebridge needs {ENCODING}",
            reason=Reason.DATABASE_ENCODING,
        )
