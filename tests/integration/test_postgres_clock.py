"""The store's clock: the machine's own, right or wrong, does not matter."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from adapters.postgres.store.clock import StoreClock
from adapters.postgres.store.pool import open_pool
from core.errors import TransientError
from tests.integration.postgres_support import Postgres, postgres
from tests.servers import free_port
from tests.servers.tcp_proxy import TcpProxy

NEAR = timedelta(milliseconds=500)


class Machine:
    """A machine's clocks: the one that people set, and the one that only counts."""

    def __init__(self) -> None:
        self.set_wrong_s = 0.0
        self.counted_more_s = 0.0

    def wall(self) -> float:
        return time.time() + self.set_wrong_s

    def elapsed(self) -> float:
        return time.monotonic() + self.counted_more_s

    def clock(self, store: Postgres) -> StoreClock:
        return StoreClock(store.pool, elapsed=self.elapsed, wall=self.wall)


def store_now(store: Postgres) -> datetime:
    [[now]] = store.rows("select clock_timestamp()")
    assert isinstance(now, datetime)
    return now


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_machine_whose_clock_is_an_hour_wrong_tells_the_stores_time(database_url: str, hours: int) -> None:
    machine = Machine()
    machine.set_wrong_s = hours * 3600
    with postgres(database_url) as store:
        now = machine.clock(store).now()
        assert now.tzinfo is UTC
        assert abs(now - store_now(store)) < NEAR


def test_it_counts_on_without_asking_and_while_the_store_is_away(database_url: str) -> None:
    machine = Machine()
    with TcpProxy.before(database_url) as network, postgres(network.through(database_url)) as store:
        clock = machine.clock(store)
        first = clock.now()
        network.cut()
        machine.counted_more_s = 100
        machine.set_wrong_s = 100
        assert timedelta(seconds=100) <= clock.now() - first < timedelta(seconds=110)


def test_a_silent_store_holds_up_one_caller_for_a_while_and_no_other(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.store.pool.CHECK_WITHIN_S", 0.5)
    machine = Machine()
    with TcpProxy.before(database_url) as network, postgres(network.through(database_url)) as store:
        clock = machine.clock(store)
        first = clock.now()
        network.half_open()
        machine.counted_more_s = machine.set_wrong_s = 100
        clock.now()
        monkeypatch.setattr(StoreClock, "_compare", lambda *_: pytest.fail("it asks a silent store again"))
        assert clock.now() > first


def test_a_step_of_the_machines_clock_lets_it_ask_at_once(database_url: str) -> None:
    """A step may be a correction, or a machine that was stopped and whose count missed that."""
    machine = Machine()
    with postgres(database_url) as store:
        clock = machine.clock(store)
        clock.now()
        machine.counted_more_s = -20  # it stood still for 20 s, and then the wall clock was put right
        assert abs(clock.now() - store_now(store)) < NEAR


def test_a_store_never_in_reach_is_a_passing_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.postgres.store.pool.CHECKOUT_WITHIN_S", 0.3)
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    with open_pool(url, min_size=0, max_size=1, application_name="test") as pool:
        clock = StoreClock(pool)
        with pytest.raises(TransientError):
            clock.now()
