"""The pool survives what happens to connections, and errors tell nothing of what is stored."""

import contextlib
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from adapters.cli.words import sentence
from adapters.postgres.outbox.outbox_reader import PostgresOutboxReader
from adapters.postgres.store.pool import Patience, Pool, open_pool
from adapters.postgres.store.session import Session
from adapters.postgres.store.time_limits import TimeLimits
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from core.actor import ALL_FIRMS, SYSTEM, Actor, Role
from core.errors import CasebridgeError, ConfigurationError, PermanentError, TransientError
from core.schedule import JobName
from tests.fakes.samples import a_case, a_firm
from tests.integration.postgres_support import Postgres, all_at_once, postgres
from tests.servers import PostgresServer, eventually, free_port
from tests.servers.tcp_proxy import TcpProxy


@pytest.fixture
def store(migrated_database_url: str) -> Iterator[Postgres]:
    with postgres(migrated_database_url) as store:
        yield store


def end_all_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            """
            select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and backend_type = 'client backend'
              and pid <> pg_backend_pid()
            """
        )


def test_after_all_connections_are_lost_the_next_transaction_works(
    migrated_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found out at the first of them: ten found out one by one would outlast the checkout."""
    monkeypatch.setattr("adapters.postgres.store.pool.CHECKOUT_WITHIN_S", 3.0)
    with postgres(migrated_database_url, max_size=10) as store:
        store.connect_firm()
        with contextlib.ExitStack() as all_in_use:
            for _ in range(10):
                all_in_use.enter_context(store.unit_of_work())
        end_all_connections(migrated_database_url)
        with store.unit_of_work() as uow:
            assert uow.firms.get("north") == a_firm()


def test_a_connection_lost_in_a_transaction_is_a_passing_error_and_costs_that_transaction_only(
    store: Postgres, migrated_database_url: str
) -> None:
    with store.unit_of_work() as uow:
        uow.firms.save(a_firm())
        end_all_connections(migrated_database_url)
        with pytest.raises(TransientError):
            uow.commit()
    with store.unit_of_work() as uow:
        assert uow.firms.get("north") is None


def test_a_restart_of_the_server_is_survived_without_help(
    store: Postgres, postgres_server: PostgresServer
) -> None:
    if not postgres_server.is_ours:
        pytest.skip("the server is not ours to restart; lost connections are tried above")
    reader = PostgresOutboxReader(store.pool)
    reader.wait(0.01)
    store.connect_firm()
    postgres_server.restart()
    with store.unit_of_work() as uow:
        assert uow.firms.get("north") == a_firm()
        uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
        uow.commit()
    assert reader.wait(30) is True
    reader.close()


def test_a_server_out_of_reach_is_a_passing_error_in_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.postgres.store.pool.CHECKOUT_WITHIN_S", 0.5)
    url = f"postgresql://nobody:hunter2@127.0.0.1:{free_port()}/none"
    with (
        open_pool(url, min_size=0, max_size=2, application_name="test") as pool,
        pytest.raises(TransientError) as caught,
        PostgresUnitOfWork(pool, SYSTEM),
    ):
        pass
    assert "hunter2" not in str(caught.value)


def whoever_is_told(url: str) -> Pool:
    return open_pool(
        url, min_size=1, max_size=2, application_name="test", patience=lambda: Patience.OF_PEOPLE
    )


def is_refused(pool: Pool) -> float:
    """Ask for a connection in vain; return for how long, in seconds."""
    begun_s = time.monotonic()
    with pytest.raises(TransientError, match="nothing listens at"), PostgresUnitOfWork(pool, SYSTEM):
        pass
    return time.monotonic() - begun_s


def test_a_person_is_told_after_three_attempts_of_a_server_that_was_never_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Seen: each command took ten seconds to say so."""
    monkeypatch.setattr("adapters.postgres.store.pool.CHECKOUT_WITHIN_S", 60.0)
    monkeypatch.setattr("adapters.postgres.store.pool.KNOWN_AFTER_S", 0.5)
    with whoever_is_told(f"postgresql://nobody@127.0.0.1:{free_port()}/none") as pool:
        assert is_refused(pool) < 30


def cut_off(pool: Pool, url: str) -> Callable[[], None]:
    """Let nothing more be reached; return what lets it."""
    reachable = pool.kwargs
    assert isinstance(reachable, dict)
    pool.kwargs = {**reachable, "port": free_port()}
    end_all_connections(url)

    def heal() -> None:
        pool.kwargs = reachable

    return heal


def has_nothing_under_way(pool: Pool) -> bool:
    found = pool.get_stats()
    return found["pool_available"] == found["pool_size"]


def test_a_person_waits_for_a_server_that_has_just_gone_and_not_for_one_that_is_long_away(
    migrated_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.store.pool.CHECKOUT_WITHIN_S", 60.0)
    with whoever_is_told(migrated_database_url) as pool:
        with PostgresUnitOfWork(pool, SYSTEM):
            pass
        heal = cut_off(pool, migrated_database_url)
        with ThreadPoolExecutor(1) as beside:
            back = beside.submit(eventually, lambda: pool._failures.last is not None, 30)
            back.add_done_callback(lambda _: heal())
            with PostgresUnitOfWork(pool, SYSTEM):
                pass  # a restart: nobody noticed
        eventually(lambda: has_nothing_under_way(pool), 30)  # what is now could still come about
        cut_off(pool, migrated_database_url)
        pool._failures.failed(time.monotonic() - 61, psycopg.OperationalError())
        pool._failures.last_begun_s += 59
        assert is_refused(pool) < 30


def test_who_waits_for_a_connection_that_others_have_keeps_its_place(
    migrated_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.store.pool._LOOK_EVERY_S", (0.02, 0.02))
    with open_pool(migrated_database_url, min_size=1, max_size=1, application_name="test") as pool:
        with pool.connection(), pytest.raises(PoolTimeout):
            pool.getconn(0.4)
        assert pool.get_stats()["requests_errors"] == 1


def test_work_waits_for_its_time_however_long_a_server_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have an answer of SmartAdvocate's to record."""
    monkeypatch.setattr("adapters.postgres.store.pool.CHECKOUT_WITHIN_S", 1.5)
    monkeypatch.setattr("adapters.postgres.store.pool.KNOWN_AFTER_S", 0.0)
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    with open_pool(url, min_size=1, max_size=2, application_name="test") as pool:
        assert is_refused(pool) >= 1.5


def test_who_is_ending_waits_no_longer_for_a_server_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen: a scheduler that ended seven seconds after it was asked to: it waited for a connection."""
    monkeypatch.setattr("adapters.postgres.store.pool.CHECKOUT_WITHIN_S", 60.0)
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    patience = [Patience.OF_WORK]
    with (
        open_pool(
            url, min_size=1, max_size=2, application_name="test", patience=lambda: patience[-1]
        ) as pool,
        ThreadPoolExecutor(1) as beside,
    ):
        waiting = beside.submit(is_refused, pool)
        eventually(lambda: pool._failures.last is not None, 30)
        patience.append(Patience.ENDED)
        assert waiting.result(30) < 30


def test_the_pool_recovers_from_an_outage_that_outlasts_its_attempts(
    migrated_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attempts that were given up begin anew with the next checkout."""
    monkeypatch.setattr("adapters.postgres.store.pool.CHECKOUT_WITHIN_S", 0.3)
    monkeypatch.setattr("adapters.postgres.store.pool.RECONNECT_WITHIN_S", 0.2)
    with postgres(migrated_database_url) as store:
        store.connect_firm()
        reachable = store.pool.kwargs
        assert isinstance(reachable, dict)
        store.pool.kwargs = {**reachable, "port": free_port()}
        end_all_connections(migrated_database_url)

        def is_given_up() -> bool:
            try:
                with store.unit_of_work():
                    pass
            except TransientError:
                return store.pool.get_stats()["pool_size"] == 0
            end_all_connections(migrated_database_url)  # one was being made while the others were ended
            return False

        eventually(is_given_up, 30)
        store.pool.kwargs = reachable

        def works() -> bool:
            with store.unit_of_work() as uow:
                return uow.firms.get("north") is not None

        eventually(works, 30, ignoring=(TransientError,))


def test_sessions_are_in_utc_and_have_limits_on_every_wait(store: Postgres) -> None:
    for name, value in {
        "timezone": "UTC",
        "statement_timeout": "1min",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "1min",
        "application_name": "casebridge-test",
    }.items():
        assert store.rows("select current_setting(%s)", [name]) == [(value,)]


def limits_in(uow: PostgresUnitOfWork) -> list[str]:
    names = ["statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout"]
    names += ["transaction_timeout"] * (uow._session._connection.info.server_version >= 170_000)
    asked = "select current_setting(name) from unnest(%s::text[]) with ordinality as n (name, i) order by i"
    return [value for (value,) in uow._session.rows(asked, [names])]


def test_people_have_less_time_than_what_casebridge_does_by_itself(migrated_database_url: str) -> None:
    work, people = TimeLimits(40, 30, 100, 9), TimeLimits(8, 7, 20, 3)
    with open_pool(
        migrated_database_url, min_size=1, max_size=1, application_name="test", limits=work, people=people
    ) as pool:
        for _ in range(2):
            with PostgresUnitOfWork(pool, Actor("tom", Role.FIRM_ADMIN, frozenset({"north"}))) as uow:
                found = limits_in(uow)
                assert found == ["8s", "7s", "3s", "20s"][: len(found)]
            with PostgresUnitOfWork(pool, SYSTEM) as uow:
                found = limits_in(uow)
                assert found == ["40s", "30s", "9s", "100s"][: len(found)]


def test_who_holds_a_transaction_open_is_ended_and_can_do_it_again(migrated_database_url: str) -> None:
    held = TimeLimits(idle_s=0.2)
    with open_pool(
        migrated_database_url, min_size=1, max_size=1, application_name="test", limits=held
    ) as pool:
        with PostgresUnitOfWork(pool, SYSTEM) as uow:
            uow.firms.save(a_firm())
            with psycopg.connect(migrated_database_url, autocommit=True) as other:

                def is_ended() -> bool:
                    held = "application_name = 'test' and xact_start is not null"
                    return other.execute(f"select from pg_stat_activity where {held}").fetchone() is None

                eventually(is_ended, 30, "the end of the transaction")
            with pytest.raises(TransientError):
                uow.commit()
        with PostgresUnitOfWork(pool, SYSTEM) as uow:
            assert uow.firms.get("north") is None


def test_settings_in_the_url_win(migrated_database_url: str) -> None:
    url = f"{migrated_database_url}?options=-c%20statement_timeout%3D7s&connect_timeout=9"
    with postgres(url) as store:
        assert store.rows("select current_setting('statement_timeout')") == [("7s",)]


def test_a_deadlock_is_a_passing_error_that_names_the_table(store: Postgres) -> None:
    for firm_id in ("a", "b"):
        store.connect_firm(firm_id)

    def rename(first: str, second: str) -> str:
        try:
            with store.unit_of_work() as uow:
                uow.firms.save(a_firm(first))
                store.rows("select pg_sleep(0.2)")
                uow.firms.save(a_firm(second))
                uow.commit()
        except TransientError as error:
            return str(error)
        return "done"

    done, error = sorted(all_at_once(lambda: rename("a", "b"), lambda: rename("b", "a")))
    assert done == "done"
    assert 'in relation "firms"' in error


def shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error) + repr(error.__context__)


def test_an_error_names_the_table_and_never_the_values(store: Postgres) -> None:
    secret = "the client said this"
    with store.unit_of_work() as uow:
        uow.cases.save("north", [a_case()])
        session = uow.cases._session
        with pytest.raises(PermanentError, match=r"table cases.*column description") as caught:
            session.run("update cases set description = nullif(%(text)s, %(text)s)", {"text": secret})
    assert secret not in shown(caught.value)
    assert "Ruth" not in shown(caught.value), "PostgreSQL quotes the failing row in its details"


@pytest.mark.parametrize(
    "statement", ["select %(text)s::int", "select %(text)s::jsonb", "select %(text)s::date"]
)
def test_an_unreadable_value_is_not_quoted(store: Postgres, statement: str) -> None:
    secret = "the client said this"
    with store.pool.connection() as connection:
        with pytest.raises(CasebridgeError) as caught:
            Session(connection).rows(statement, {"text": secret})
        connection.rollback()
    assert secret not in shown(caught.value)


def test_a_database_without_our_tables_says_what_to_run(database_url: str) -> None:
    with postgres(database_url) as store, pytest.raises(ConfigurationError, match="lacks a table") as raised:
        store.connect_firm()
    assert sentence(raised.value).endswith("Run: casebridge migrate")


def test_a_unit_of_work_outside_its_block_is_a_mistake(store: Postgres) -> None:
    uow = store.unit_of_work()
    with pytest.raises(RuntimeError, match="inside its with block"):
        uow.firms.all(ALL_FIRMS)


def test_a_connection_that_falls_silent_is_left_and_the_next_one_works(
    migrated_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a proxy that takes everything and passes nothing on, the kernel sees nothing amiss."""
    monkeypatch.setattr("adapters.postgres.store.pool.CHECK_WITHIN_S", 0.3)
    with TcpProxy.before(migrated_database_url) as network:
        url = network.through(migrated_database_url)
        with (
            open_pool(url, min_size=1, max_size=2, application_name="test", limits=TimeLimits(0.4)) as pool,
            contextlib.closing(PostgresOutboxReader(pool)) as reader,
        ):
            reader.wait(0.01)
            with PostgresUnitOfWork(pool, SYSTEM) as uow:
                uow.firms.save(a_firm())
                network.half_open()
                with pytest.raises(TransientError):
                    uow.commit()
            network.heal()
            with PostgresUnitOfWork(pool, SYSTEM) as uow:
                assert uow.firms.get("north") is None


def test_a_listener_that_falls_silent_is_replaced(
    migrated_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.outbox.outbox_reader._SILENCE_S", 0.3)
    monkeypatch.setattr("adapters.postgres.outbox.outbox_reader._LISTENER_ANSWERS_WITHIN_S", 0.3)
    with TcpProxy.before(migrated_database_url) as network, postgres(migrated_database_url) as store:
        store.connect_firm()
        with open_pool(
            network.through(migrated_database_url), min_size=0, max_size=1, application_name="test"
        ) as pool:
            reader = PostgresOutboxReader(pool)
            reader.wait(0.01)
            network.half_open()
            network.heal()  # the old connection stays dead
            with store.unit_of_work() as uow:
                uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
                uow.commit()
            assert eventually(lambda: reader.wait(0.5), 20, "being woken")
            reader.close()
