"""Wake-ups go out after commits, together, on a connection of their own; what is lost is nobody's trouble."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
from structlog.testing import capture_logs

from adapters.postgres.outbox.outbox_reader import PostgresOutboxReader
from adapters.postgres.store.limited_connection import LimitedConnection
from adapters.postgres.store.own_connection import OwnConnection
from adapters.postgres.store.wake_ups import Channel, WakeUps
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from core.actor import SYSTEM
from core.schedule import JobName
from tests.integration.postgres_support import WITHIN_S, all_at_once, postgres
from tests.servers import PostgresServer, eventually, free_port
from tests.servers.tcp_proxy import TcpProxy

NAME = "test-wake-ups"


@pytest.fixture(scope="module")
def url(postgres_server: PostgresServer, template_url: str) -> Iterator[str]:
    url = postgres_server.create_database(template=template_url)
    yield url
    postgres_server.drop_database(url)


def to(url: str) -> OwnConnection:
    return OwnConnection(url, application_name=NAME, answer_within_s=0.5)


@contextmanager
def heard(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(url, autocommit=True) as listener:
        listener.execute("listen casebridge_outbox")
        yield listener


def number_heard(listener: psycopg.Connection[tuple[object, ...]]) -> int:
    """Return how many notifications came; the server sends ours last."""
    listener.execute("select pg_notify('casebridge_outbox', 'the last')")
    for told, one in enumerate(listener.notifies(timeout=WITHIN_S)):
        if one.payload:
            return told
    raise AssertionError("not even our own notification came")


def test_the_first_goes_out_at_once_and_all_others_together(url: str) -> None:
    with heard(url) as listener, closing(WakeUps(to(url), at_most_every_s=WITHIN_S)) as wake:
        wake(Channel.OUTBOX)
        assert [one.channel for one in listener.notifies(timeout=WITHIN_S, stop_after=1)]

        def many() -> None:
            for _ in range(100):
                wake(Channel.OUTBOX)

        all_at_once(*[many] * 4)
        wake.close()
        assert number_heard(listener) == 1


def test_what_was_asked_for_last_goes_out_before_the_end(url: str) -> None:
    with heard(url) as listener:
        wake = WakeUps(to(url))
        wake(Channel.OUTBOX)
        wake.close()
        assert number_heard(listener) == 1
        wake(Channel.OUTBOX)  # nobody is there any more to do it: that is no error
        assert number_heard(listener) == 0


def test_a_server_out_of_reach_is_told_once_and_holds_up_nobody() -> None:
    with capture_logs() as logs:
        wake = WakeUps(to(f"postgresql://nobody:hunter2@127.0.0.1:{free_port()}/none"))
        for _ in range(3):
            wake(Channel.OUTBOX)
            eventually(lambda: not wake._asked, WITHIN_S, "the wake-up being tried")
        wake.close()
    told = [line for line in logs if line["event"] == "wake_ups_lost"]
    assert len(told) == 1
    assert "hunter2" not in str(told)


def test_a_connection_that_was_lost_is_opened_anew(url: str) -> None:
    with heard(url) as listener, closing(WakeUps(to(url), at_most_every_s=0.001)) as wake:
        wake(Channel.OUTBOX)
        assert list(listener.notifies(timeout=WITHIN_S, stop_after=1))
        listener.execute(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = %s",
            [NAME],
        )

        def is_heard() -> bool:
            wake(Channel.OUTBOX)
            return bool(list(listener.notifies(timeout=0.1, stop_after=1)))

        eventually(is_heard, WITHIN_S, "a wake-up")


def test_a_silent_network_costs_wake_ups_and_no_commit(url: str) -> None:
    with (
        TcpProxy.before(url) as network,
        postgres(url) as store,
        closing(WakeUps(to(network.through(url)))) as wake,
        closing(PostgresOutboxReader(store.pool)) as reader,
    ):
        with heard(url) as listener:
            wake(Channel.OUTBOX)
            assert list(listener.notifies(timeout=WITHIN_S, stop_after=1))
        network.half_open()
        reader.wait(0.01)
        with PostgresUnitOfWork(store.pool, SYSTEM, wake) as uow:
            uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
            uow.commit()
        assert reader.wait(WITHIN_S) is True  # it looks by itself


def test_a_commit_does_not_wait_for_a_wake_up() -> None:
    class Stuck(OwnConnection):
        def __init__(self) -> None:
            super().__init__("", application_name=NAME, answer_within_s=1.0)
            self.asked, self.let_go = threading.Event(), threading.Event()

        def getconn(self) -> LimitedConnection:
            self.asked.set()
            self.let_go.wait(WITHIN_S)
            raise psycopg.OperationalError("away")

    stuck = Stuck()
    wake = WakeUps(stuck)
    wake(Channel.OUTBOX)
    assert stuck.asked.wait(WITHIN_S)
    wake(Channel.OUTBOX)  # returns, although nothing has an answer
    stuck.let_go.set()
    wake.close()


def test_a_relay_that_cannot_listen_looks_by_itself(url: str) -> None:
    with postgres(url) as store:
        nowhere = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
        with closing(PostgresOutboxReader(store.pool, nowhere)) as reader:
            with store.unit_of_work() as uow:
                uow.jobs.enqueue(JobName.SYNC_DOCUMENTS, ["south"])
                uow.commit()
            assert reader.wait(WITHIN_S) is True
            with reader.window(100) as window:
                window.mark_published([row.row_id for row in window.rows])
            began = time.monotonic()
            assert reader.wait(0.1) is False
            assert time.monotonic() - began >= 0.1
