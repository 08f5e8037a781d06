"""Migrations meet tables with many rows that others work on, and nobody waits for longer than a second.

`--long`: 2,000,000 deliveries.
"""

import shutil
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.store.migrate import MIGRATIONS, migrate, pending
from core.errors import PermanentError
from tests.integration.postgres_support import WITHIN_S, beside
from tests.servers import eventually

pytestmark = pytest.mark.timeout(600)  # the long form stores millions of rows before each test

# What a database has that was in use before rows were removed at all.
BEFORE = "0105"
LOAD = (
    """
    insert into inbox (firm_id, kind, subject_id, event_id, source, digest)
    select 'north', 'message-sent', n::text, n::text, 'x', md5(n::text)
    from generate_series(1, %(rows)s::bigint) as n
    """,
    """
    insert into deliveries (
        firm_id, kind, subject_id, case_integration_id, occurred_at, state, data, delivered_at, purged_at
    )
    select 'north', 'message-sent', n::text, (n %% 1000)::text, now(), 'delivered', '{}',
           now() - interval '1 year', now()
    from generate_series(1, %(rows)s::bigint) as n
    """,
    """
    insert into run_results (run_id, integration_id, firm_id, outcome, readable_id, changed)
    select n / 1000, n::text, 'north', 'updated', n::text, '{}' from generate_series(1, %(rows)s::bigint) as n
    """,
    "analyze",
)
# Of the kinds of locks that come and go all the time: what takes one in vain is what waited too long.
WORK = (
    """
    insert into inbox (firm_id, kind, subject_id, event_id, source, digest)
    values ('north', 'x', %(n)s, '', '', '')
    """,
    """
    insert into deliveries (firm_id, kind, subject_id, case_integration_id, occurred_at, state, data)
    values ('north', 'x', %(n)s, '1', now(), 'pending', '{}')
    """,
    "update deliveries set state = 'sending' where firm_id = 'north' and kind = 'x' and subject_id = %(n)s",
    "delete from deliveries where firm_id = 'north' and kind = 'x' and subject_id = %(n)s",
    "update runs set pages = pages + 1 where run_id = 1",
    "insert into issues (firm_id, kind, key, message) values ('north', 'x', %(n)s, '')",
)


class Worker:
    """Does the work over and over on a connection of its own, and keeps how long each statement took."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.stop = threading.Event()
        self.rounds = 0
        self.took_s: list[float] = []

    def work(self) -> None:
        """Work until stopped. Raises LockNotAvailable where a lock was waited for longer than two seconds."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("set lock_timeout = '2s'")
            while not self.stop.is_set():
                for statement in WORK:
                    began = time.monotonic()
                    connection.execute(statement, {"n": str(-self.rounds)})
                    self.took_s.append(time.monotonic() - began)
                self.rounds += 1

    def goes_on(self) -> None:
        """Return when it has done two more rounds."""
        before = self.rounds
        eventually(lambda: self.rounds >= before + 2, WITHIN_S, "the work going on")


@pytest.fixture
def used(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Return the URL of a database of an earlier release with many rows."""
    folder = tmp_path / "before"
    folder.mkdir()
    for file in MIGRATIONS.glob("*.sql"):
        if file.name < BEFORE:
            shutil.copy(file, folder)
    migrate(database_url, folder=folder)
    number = 2_000_000 if request.config.getoption("--long") else 20_000
    with psycopg.connect(database_url, autocommit=True) as connection:
        for statement in LOAD:
            connection.execute(statement.encode(), {"rows": number} if "%(" in statement else None)
    return database_url


@pytest.fixture
def worker(used: str) -> Iterator[Worker]:
    worker = Worker(used)
    with beside(worker.work) as working:
        worker.goes_on()
        yield worker
        worker.stop.set()
        working.result(WITHIN_S)


def test_work_goes_on_while_migrations_are_applied(used: str, worker: Worker) -> None:
    applied = migrate(used)
    assert applied, "nothing was tried"
    worker.goes_on()
    assert pending(used) == []
    with psycopg.connect(used) as connection:
        half_built = connection.execute(
            "select indexrelid::regclass from pg_index where not indisvalid"
        ).fetchall()
    assert half_built == []


def test_a_migration_that_waits_for_a_table_lets_others_pass(used: str, worker: Worker) -> None:
    with psycopg.connect(used) as reader:
        reader.execute("select from inbox limit 1")  # and its transaction stays open
        with beside(partial(migrate, used)) as migrating:
            with psycopg.connect(used, autocommit=True) as looking:
                asked = """
                    select from pg_locks
                    where relation = 'inbox'::regclass and mode = 'AccessExclusiveLock' and not granted
                """
                for _ in range(2):
                    eventually(
                        lambda: looking.execute(asked).fetchone() is not None,
                        WITHIN_S,
                        "a wait for the table",
                    )
                    eventually(lambda: looking.execute(asked).fetchone() is None, WITHIN_S, "its end")
                    worker.goes_on()
            assert not migrating.done()
            reader.rollback()
            assert migrating.result(WITHIN_S)
    assert pending(used) == []


def test_a_step_that_was_cut_short_is_done_again(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").write_text("create table first (n int, is_told boolean)")
    with_an_error = tmp_path / "0002_second.sql"
    with_an_error.write_text(
        "-- outside a transaction\n-- step\ncreate index concurrently if not exists by_n on first (n);\n"
        "-- step until nothing is left\n"
        "update first set is_told = true where n in (select n from first where is_told is null limit 10);\n"
        "-- step\ncreate unique index concurrently if not exists all_different on first (n);\n"
    )
    (tmp_path / "0003_third.sql").write_text("create table third (n int)")
    migrate(database_url, folder=_only(tmp_path, "0001_first.sql"))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("insert into first (n) select n % 90 from generate_series(1, 95) as n")
        with pytest.raises(PermanentError):
            migrate(database_url, folder=tmp_path)
        indexes = """
            select indexrelid::regclass::text, indisvalid
            from pg_index where indrelid = 'first'::regclass order by 1
        """
        assert connection.execute(indexes).fetchall() == [("all_different", False), ("by_n", True)]
        assert pending(database_url, folder=tmp_path) == ["0002_second", "0003_third"]
        assert connection.execute("select count(*) from first where is_told").fetchone() == (95,)
        connection.execute("delete from first a using first b where a.n = b.n and a.ctid > b.ctid")
        assert migrate(database_url, folder=tmp_path) == ["0002_second", "0003_third"]
        assert connection.execute(indexes).fetchall() == [("all_different", True), ("by_n", True)]


def _only(folder: Path, *names: str) -> Path:
    other = folder / "only"
    other.mkdir()
    for name in names:
        shutil.copy(folder / name, other)
    return other
