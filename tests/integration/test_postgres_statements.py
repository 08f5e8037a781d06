"""Every statement of every `.sql` file is one that the migrated database takes.

Found by walking: a typo fails here although no test runs the statement. A parameter whose type the server
cannot tell from its place needs a cast. What is named `TABLE_where_…` is a condition on that table.
The columns in `early.sql` are the catalogue's.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.pq import ExecStatus

import adapters.postgres
from adapters.postgres.store.migrate import MIGRATIONS
from adapters.postgres.store.statements import Statements
from adapters.postgres.transfer import early
from adapters.postgres.transfer.early import filled_in, make_room
from adapters.postgres.transfer.tables import firm_tables
from tests.integration.postgres_support import Postgres, postgres

FOLDER = Path(next(iter(adapters.postgres.__path__)))
FILES = [path for path in sorted(FOLDER.rglob("*.sql")) if MIGRATIONS not in path.parents]
EARLY = FOLDER / "transfer" / "early.sql"
CONDITION = re.compile(r"([a-z_]+)_where_[a-z_]+")
PARAMETER = re.compile(r"%\((\w+)\)s|%%")
AGAIN = (
    "select casebridge_state_again(doubtful_since), casebridge_run_at_again(doubtful_since) from deliveries"
)


@pytest.fixture
def store(migrated_database_url: str) -> Iterator[Postgres]:
    with postgres(migrated_database_url, max_size=1) as store:
        yield store


@contextmanager
def autocommitting(store: Postgres) -> Iterator[psycopg.Connection[Any]]:
    """Give a connection where a refused statement does not end a transaction with all that follows."""
    with store.pool.connection() as connection:
        connection.set_autocommit(True)
        yield connection
        connection.set_autocommit(False)


def whole(name: str, text: str) -> str:
    condition = CONDITION.fullmatch(name)
    return f"select from {condition[1]} where {text}" if condition else text


def numbered(text: str) -> str:
    """Return the statement as psycopg sends it: each named parameter has a number."""
    numbers: dict[str, int] = {}
    return PARAMETER.sub(
        lambda found: f"${numbers.setdefault(found[1], len(numbers) + 1)}" if found[1] else "%", text
    )


def refusals(connection: psycopg.Connection[Any], file: Path) -> Iterator[str]:
    """Give what the server has to say against statements of the file."""
    statements = Statements(file)
    for name in statements.names():
        text = numbered(whole(name, statements[name]))
        answer = connection.pgconn.prepare(b"", text.encode())
        if answer.status != ExecStatus.COMMAND_OK:
            yield f"{name}: {answer.error_message.decode()}"


def test_the_database_takes_every_statement(store: Postgres) -> None:
    assert len(FILES) >= 5
    with autocommitting(store) as connection:
        refused = [
            f"{file.relative_to(FOLDER)}, {why}"
            for file in FILES
            if file != EARLY
            for why in refusals(connection, file)
        ]
    assert not refused, "\n".join(refused)


def test_the_database_takes_every_statement_about_what_came_before_its_firm(store: Postgres) -> None:
    with store.pool.connection() as connection, connection.transaction(force_rollback=True):
        tables = {table.name: table for table in firm_tables(connection)}
        make_room(connection, tables)
        for name in early.SQL.names():
            text = numbered(filled_in(name, tables).as_string(connection))
            answer = connection.pgconn.prepare(b"", text.encode())
            assert answer.status == ExecStatus.COMMAND_OK, (name, answer.error_message)


def test_statements_with_mistakes_are_refused(store: Postgres, tmp_path: Path) -> None:
    file = tmp_path / "wrong.sql"
    file.write_text(
        "-- name: fine\nselect firm_id from firms where firm_id = %(firm_id)s\n"
        "-- name: firms_where_name\nname = %(name)s\n"
        "-- name: typo\nselect firm_idd from firms\n"
        "-- name: firms_where_nothing\nnam = %(name)s\n"
        "-- name: not_filled_in\nselect {columns} from firms\n"
    )
    with autocommitting(store) as connection:
        refused = [line.partition(":")[0] for line in refusals(connection, file)]
    assert refused == ["typo", "firms_where_nothing", "not_filled_in"]


def test_what_becomes_of_a_delivery_that_leaves_again_is_inlined(store: Postgres) -> None:
    with store.pool.connection() as connection:
        plan = connection.execute(sql.SQL("explain (verbose) ") + sql.SQL(AGAIN)).fetchall()
    assert "casebridge_" not in str(plan)
    assert "CASE WHEN" in str(plan)
