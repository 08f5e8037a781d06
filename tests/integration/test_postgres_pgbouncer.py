"""Behind a pooler that shares connections between transactions, with its own way around it.

The contract suites of what works with the store most run here a second time, through PgBouncer: the one that
is installed, or that CASEBRIDGE_TEST_PGBOUNCER names. Skipped where there is none.
"""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from types import ModuleType

import psycopg
import pytest
from typer.testing import CliRunner

import adapters.postgres.store.pool
from adapters.cli.app import build
from adapters.postgres.outbox.outbox_reader import PostgresOutboxReader
from adapters.postgres.store.address import check_same_database, straight
from adapters.postgres.store.migrate import migrate, pending
from adapters.postgres.store.pool import Pool, open_pool, open_reader
from adapters.postgres.store.session import Session
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from bootstrap.application import Application
from bootstrap.command_line import command_line
from core.actor import ALL_FIRMS, SYSTEM, Actor, Role
from core.errors import ConfigurationError, TransientError
from core.reason import Reason
from core.schedule import JobName
from tests.contract import (
    test_deliveries,
    test_jobs,
    test_outbox,
    test_seats,
    test_tenants,
    test_unit_of_work,
)
from tests.contract.stores import Postgres
from tests.deployment import Deployment, expected_marks
from tests.fakes.samples import a_firm
from tests.integration.postgres_support import all_at_once
from tests.servers import PostgresServer, Processes, SessionGuard, free_port
from tests.servers.pgbouncer import find_pgbouncer, start_pgbouncer

SUITES = (
    test_deliveries,
    test_jobs,
    test_outbox,
    test_seats,
    test_tenants,
    test_unit_of_work,
)


def _tests_of(suites: tuple[ModuleType, ...]) -> dict[str, object]:
    """Return their tests: collected here, they get this module's store."""
    return {name: test for suite in suites for name, test in vars(suite).items() if name.startswith("test_")}


globals().update(_tests_of(SUITES))
one_seat, two_seats = test_seats.one_seat, test_seats.two_seats


@pytest.fixture(scope="module")
def program() -> str:
    found = find_pgbouncer()
    if found is None:
        pytest.skip("no pgbouncer is installed (Debian, Ubuntu: apt install pgbouncer)")
    return found


@pytest.fixture(scope="module")
def direct_url(postgres_server: PostgresServer, template_url: str) -> Iterator[str]:
    url = postgres_server.create_database(template=template_url)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="module")
def pooled_url(
    program: str, direct_url: str, session_guard: SessionGuard, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with closing(Processes(session_guard)) as started:
        yield start_pgbouncer(started, program, tmp_path_factory.mktemp("pgbouncer"), direct_url)


@pytest.fixture(scope="module")
def pool(pooled_url: str) -> Iterator[Pool]:
    with open_pool(pooled_url, min_size=1, max_size=8, application_name="pooled", is_pooled=True) as pool:
        yield pool


class Pooled(Postgres):
    """The real store behind the pooler; what tests look at themselves goes around it."""

    def __init__(self, pool: Pool, direct_url: str) -> None:
        self._direct_url = direct_url
        super().__init__(pool)

    def outbox_reader(self) -> PostgresOutboxReader:
        self._readers.append(PostgresOutboxReader(self._pool, self._direct_url))
        return self._readers[-1]

    def _connection(self) -> psycopg.Connection[tuple[object, ...]]:
        if self._own is None:
            self._own = psycopg.connect(self._direct_url, autocommit=True, options="-c timezone=UTC")
        return self._own


@pytest.fixture
def store(pool: Pool, direct_url: str) -> Iterator[Pooled]:
    with closing(Pooled(pool, direct_url)) as store:
        yield store


def test_each_transaction_has_the_settings_that_a_connection_would_have(pool: Pool, store: Pooled) -> None:
    asked = (
        "select current_setting('lock_timeout'), current_setting('statement_timeout'), current_setting('jit')"
    )
    with pool.connection() as connection:
        session = Session(connection)
        for _ in range(3):
            assert session.rows(asked) == [("10s", "1min", "off")]
            session.commit()


def test_firms_of_a_transaction_are_nobody_elses(pool: Pool, store: Pooled) -> None:
    """Many more clients than connections: each transaction takes its role and its firms anew."""
    firms = [f"firm-{n}" for n in range(8)]
    with PostgresUnitOfWork(pool, SYSTEM) as uow:
        for firm_id in firms:
            uow.firms.save(a_firm(firm_id))
        uow.commit()
    together = threading.Barrier(8)

    def look(firm_id: str) -> set[str]:
        seen: set[str] = set()
        together.wait(30)
        for _ in range(15):
            with PostgresUnitOfWork(pool, Actor("tom", Role.FIRM_ADMIN, frozenset({firm_id}))) as uow:
                seen.update(firm.firm_id for firm in uow.firms.all(ALL_FIRMS))
                uow.commit()
                seen.update(firm.firm_id for firm in uow.firms.all(ALL_FIRMS))
            with PostgresUnitOfWork(pool, SYSTEM) as uow:
                assert len(uow.firms.all(ALL_FIRMS)) == 8
        return seen

    assert all_at_once(*[partial(look, firm_id) for firm_id in firms]) == [{firm_id} for firm_id in firms]


def test_single_readings_by_key_need_no_prepared_statement(pooled_url: str, store: Pooled) -> None:
    with open_reader(pooled_url, max_size=2, application_name="reader", is_pooled=True) as reader:
        for _ in range(20):
            with reader.connection() as connection:
                assert Session(connection).rows("select %(n)s::int", {"n": 1}) == [(1,)]


def test_who_waits_for_the_outbox_is_woken(pool: Pool, store: Pooled, direct_url: str) -> None:
    with closing(PostgresOutboxReader(pool, direct_url)) as reader:
        assert not reader.wait(0.1)

        def enqueue() -> bool:
            with PostgresUnitOfWork(pool, SYSTEM) as uow:
                uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
                uow.commit()
            return True

        assert all_at_once(partial(reader.wait, 20.0), enqueue) == [True, True]


@pytest.mark.parametrize(
    "more",
    ["", "ignore_startup_parameters = options,extra_float_digits"],
    ids=["settings are refused", "settings are dropped in silence"],
)
@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_a_pooler_that_nobody_named_is_refused_with_words(
    program: str,
    direct_url: str,
    processes: Processes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    more: str,
    mode: str,
) -> None:
    # `doctor` waits so long for a connection that is refused again and again.
    monkeypatch.setattr(adapters.postgres.store.pool, "CHECKOUT_WITHIN_S", 0.2)
    url = start_pgbouncer(processes, program, tmp_path, direct_url, mode=mode, more=more)
    for asked in (migrate, pending):
        with pytest.raises(ConfigurationError) as caught:
            asked(url)
        assert caught.value.reason is Reason.DATABASE_POOLED
    for command in ("migrate", "doctor"):
        output = " ".join(run(command, url).split())
        assert "connection pooler such as PgBouncer" in output
        assert "CASEBRIDGE_DIRECT_DATABASE_URL" in output


def test_the_way_around_must_not_lead_through_it_too(pooled_url: str) -> None:
    output = " ".join(run("migrate", pooled_url, CASEBRIDGE_DIRECT_DATABASE_URL=pooled_url).split())
    assert "a URL that leads to PostgreSQL itself" in output


def test_two_ways_must_lead_to_one_database(
    pooled_url: str, direct_url: str, migrated_database_url: str
) -> None:
    check_same_database(pooled_url, direct_url)
    with pytest.raises(ConfigurationError, match="two databases"):
        check_same_database(pooled_url, migrated_database_url)


def test_a_pooler_out_of_reach_is_a_passing_error(direct_url: str, program: str) -> None:
    with pytest.raises(TransientError):
        check_same_database(f"postgresql://nobody@127.0.0.1:{free_port()}/none", direct_url)


def test_the_straight_way_is_known_as_one(direct_url: str) -> None:
    with straight(direct_url, "test") as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_messages_become_notes_through_the_pooler(
    deployment: Deployment, program: str, processes: Processes, tmp_path: Path
) -> None:
    direct_url = deployment.database_url
    deployment.env["CASEBRIDGE_DATABASE_URL"] = start_pgbouncer(processes, program, tmp_path, direct_url)
    deployment.env["CASEBRIDGE_DIRECT_DATABASE_URL"] = direct_url
    assert deployment.run("migrate")["applied"] == []
    assert {part["state"] for part in deployment.run("doctor")} == {"ok"}
    deployment.sandbox("--cases", "50")
    deployment.up(workers=2)
    deployment.connect()
    deployment.import_cases()
    bodies = deployment.messages(100)
    deployment.publish(bodies)
    deployment.await_notes(100)
    assert deployment.marks() == expected_marks(bodies)


def run(command: str, database_url: str, **env: str) -> str:
    """Return what a command says that must fail."""
    others = {name: None for name in os.environ if name.startswith("CASEBRIDGE_")}
    application = Application()
    try:
        done = CliRunner().invoke(
            build(command_line(application)),
            [command, *(["--json"] if command == "doctor" else [])],
            env={**others, "CASEBRIDGE_DATABASE_URL": database_url, **env},
        )
    finally:
        application.close()
    assert done.exit_code == (1 if command == "doctor" else 2), done.output
    if command == "doctor":
        failed = [row for row in json.loads(done.stdout) if row["part"] == "database"]
        return f"{failed[0]['detail']}"
    return done.output
