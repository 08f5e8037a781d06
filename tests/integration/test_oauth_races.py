"""One refresh at a time, across processes and threads; the server withdraws a grant that is reused."""

from collections.abc import Iterator

import psycopg
import pytest

from core.errors import ConnectionRejectedError
from core.firm import ConnectionState
from tests.integration.oauth_support import FIRM, OAuthBench, oauth_bench
from tests.servers import Processes

PROCESSES, THREADS = 8, 8
ROUNDS, LONG_ROUNDS = 5, 20


@pytest.fixture
def bench(migrated_database_url: str) -> Iterator[OAuthBench]:
    with oauth_bench(migrated_database_url) as bench:
        bench.consent()
        yield bench


def start_race(bench: OAuthBench, number: int) -> None:
    url = bench.environment()["CASEBRIDGE_DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_notify('race', %s)", [str(number)])


def test_sixty_four_threads_in_eight_processes_make_one_refresh_a_round(
    bench: OAuthBench, processes: Processes, pytestconfig: pytest.Config
) -> None:
    """Reuse detection is on, so a second refresh with the old token would lose the grant."""
    racers = [
        processes.start("tests.integration.token_racer", FIRM, str(THREADS), env=bench.environment())
        for _ in range(PROCESSES)
    ]
    for racer in racers:
        racer.wait_for_line("ready")
    for number in range(1, (LONG_ROUNDS if pytestconfig.getoption("--long") else ROUNDS) + 1):
        bench.expire()
        start_race(bench, number)
        for racer in racers:
            assert racer.wait_for_line(rf"round {number} (.*)").group(1) == "1 []"
        [grant] = bench.grants()
        assert (grant["refreshes"], grant["token_calls"]) == (number, number + 1)  # and one for the code
    [grant] = bench.grants()
    assert not grant["revoked"]
    assert not grant["reused"]


def killed_between_answer_and_commit(bench: OAuthBench, processes: Processes) -> None:
    """Let a process get its answer, hold it up as it stores it, and kill it there."""
    bench.sql(
        """
        create function hold_up() returns trigger language plpgsql as
        $$ begin perform pg_sleep(3); return new; end $$
        """
    )
    bench.sql("create trigger hold_up before update on connections for each row execute function hold_up()")
    bench.sql("alter table connections disable trigger hold_up")
    bench.expire()
    bench.sql("alter table connections enable trigger hold_up")
    racer = processes.start("tests.integration.token_racer", FIRM, "1", env=bench.environment())
    racer.wait_for_line("ready")
    start_race(bench, 1)
    url = bench.environment()["CASEBRIDGE_DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        while not connection.execute(
            "select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
        ).fetchone():
            assert racer.is_running(), racer.output
    racer.kill()
    bench.sql("drop trigger hold_up on connections")  # waits until the dead process' transaction is gone


def test_after_a_kill_before_the_commit_a_server_with_a_grace_period_gives_the_answer_again(
    bench: OAuthBench, processes: Processes
) -> None:
    bench.switch(grace_s=60)
    killed_between_answer_and_commit(bench, processes)
    assert bench.token()
    [grant] = bench.grants()
    assert (grant["refreshes"], grant["recovered"], grant["revoked"]) == (1, 1, False)
    bench.expire()
    assert bench.token()
    assert bench.grants()[0]["refreshes"] == 2


def test_after_a_kill_before_the_commit_a_strict_server_means_reconnect_and_no_loop(
    bench: OAuthBench, processes: Processes
) -> None:
    killed_between_answer_and_commit(bench, processes)
    for _ in range(5):
        with pytest.raises(ConnectionRejectedError, match="no longer accepts"):
            bench.token()
    [grant] = bench.grants()
    assert grant["token_calls"] == 3  # the code, the refresh that was lost, and the one that found out
    bench.consent()
    assert bench.firm.connection is ConnectionState.CONNECTED
    assert bench.token()
