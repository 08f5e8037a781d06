"""Workers on a real broker: restarts, idle hours, poisonous messages, deaths and graceful ends."""

import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dramatiq
import pytest
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from pika.adapters.blocking_connection import BlockingChannel

from adapters.rabbitmq.broker import JobBroker, make_broker
from adapters.rabbitmq.publisher import RabbitPublisher
from adapters.rabbitmq.topology import (
    JOB_QUEUE_ARGUMENTS,
    JOB_QUEUES,
    REJECTED_JOBS,
    declare_topology,
)
from core.errors import ConfigurationError
from tests.integration.rabbitmq_at_work import Work
from tests.integration.rabbitmq_support import (
    channel_to,
    consumers,
    delete_queue,
    drain,
    exists,
    job_ids,
    job_row,
    publish,
    ready,
    refusal,
)
from tests.servers import Processes, RabbitServer, eventually
from tests.servers.tcp_proxy import TcpProxy
from workers.actors import register_actors
from workers.middleware import JobLog


@pytest.fixture
def url(amqp_url: str) -> str:
    declare_topology(amqp_url)
    return amqp_url


@pytest.fixture
def work(url: str) -> Iterator[Work]:
    made = Work(url)
    try:
        eventually(lambda: consumers(url, JOB_QUEUES[-1]) == 1, what="the worker consuming")
        yield made
    finally:
        made.stop()


@pytest.fixture
def publisher(url: str) -> Iterator[RabbitPublisher]:
    with closing(RabbitPublisher(url)) as made:
        yield made


def test_every_published_job_is_run_once(url: str, work: Work, publisher: RabbitPublisher) -> None:
    publisher.publish([job_row(n, JOB_QUEUES[n % len(JOB_QUEUES)]) for n in range(1, 401)])
    eventually(lambda: len(work.done) == 400)
    assert sorted(work.done) == list(range(1, 401))
    work.stop()
    assert [ready(url, queue) for queue in JOB_QUEUES] == [0] * len(JOB_QUEUES)


def test_only_our_queues_exist_and_they_have_our_arguments(
    rabbit_server: RabbitServer, amqp_url: str
) -> None:
    work = Work(amqp_url)  # without any declaration but the worker's own
    eventually(lambda: set(rabbit_server.queues(amqp_url)) == {*JOB_QUEUES, REJECTED_JOBS})
    for queue in JOB_QUEUES:
        eventually(lambda queue=queue: consumers(amqp_url, queue) == 1)  # type: ignore[misc]  # mypy infers no default of a lambda
        assert refusal(amqp_url, queue, dict(JOB_QUEUE_ARGUMENTS)) == ""
        assert "x-delivery-limit" in refusal(amqp_url, queue, {**JOB_QUEUE_ARGUMENTS, "x-delivery-limit": 6})
    work.stop()


def test_dramatiq_still_has_what_we_override(url: str) -> None:
    overridden = (
        "_build_queue_arguments",
        "_ensure_queue",
        "declare_queue",
        "consume",
        "consumer_class",
        "enqueue",
    )
    assert all(hasattr(RabbitmqBroker, name) for name in overridden)
    broker = make_broker(url, [JobLog()])
    assert isinstance(broker, JobBroker)
    assert broker.confirm_delivery
    assert [type(middleware) for middleware in broker.middleware] == [JobLog]
    assert broker.get_declared_delay_queues() == set()
    register_actors(broker, {"sync-cases": lambda _job_id: None})
    with pytest.raises(ValueError, match="rows in Postgres"):
        broker.actors["sync-cases"].send_with_options(args=(1,), delay=5_000)
    broker.actors["sync-cases"].send(1)
    assert job_ids(drain(url, "sync-cases")) == [1]
    broker.close()


def test_long_jobs_leave_threads_for_messages(url: str, work: Work, publisher: RabbitPublisher) -> None:
    work.gate.clear()
    publisher.publish([job_row(n, "sync-cases") for n in range(1, 21)])
    publisher.publish([job_row(n, "sync-documents") for n in range(21, 41)])
    eventually(lambda: work.running["sync-cases"] == 2 and work.running["sync-documents"] == 1)
    publisher.publish([job_row(99, "sync-messages")])
    eventually(lambda: work.running["sync-messages"] == 1, what="the message's turn")
    work.gate.set()
    eventually(lambda: len(work.done) == 41)
    assert (work.most["sync-cases"], work.most["sync-documents"]) == (2, 1)


def test_poisonous_messages_are_set_aside_and_no_thread_dies_of_them(
    url: str, work: Work, publisher: RabbitPublisher, caplog: pytest.LogCaptureFixture
) -> None:
    def message(queue: str = "sync-messages", actor: str = "sync-messages", **more: object) -> bytes:
        fields = {"args": (1,), "kwargs": {}, "options": {}, **more}
        return dramatiq.Message(queue, actor, **fields).encode()  # type: ignore[arg-type]  # fields by name

    poison = [
        b"",
        b"\xff\xfe",
        b"{}",
        b'{"specversion": "1.0", "type": "message-sent"}',
        message(queue="another"),
        message(actor="of-a-newer-version"),
        message(args=("1",)),
        message(args=(True,)),
        message(args=()),
        message(args=(1, 2)),
        message(kwargs={"a": 1}),
        message(options={"eta": 9_999_999_999_999}),
        message(options={"throws": "x"}),
    ]
    publish(url, "", "sync-messages", poison * 3)
    publisher.publish([job_row(7)])
    eventually(lambda: work.done == [7], 20)
    eventually(lambda: ready(url, REJECTED_JOBS) == len(poison) * 3)
    assert work.thread.is_alive()
    assert not [record for record in caplog.records if record.levelno >= logging.CRITICAL]


def test_a_job_that_outlives_its_connection_settles_nobody_elses_message(
    rabbit_server: RabbitServer, url: str, work: Work, publisher: RabbitPublisher
) -> None:
    work.gate.clear()
    publisher.publish([job_row(n) for n in range(1, 5)])
    eventually(lambda: work.running["sync-messages"] == 4)
    rabbit_server.close_all_connections(url)
    eventually(lambda: consumers(url, "sync-messages") == 1, 20, "the worker consuming again")
    work.gate.set()
    # The four come again, because their first acknowledgements had no connection to go by.
    eventually(lambda: Counter(work.done) == Counter({1: 2, 2: 2, 3: 2, 4: 2}), 30)
    work.stop()
    assert drain(url, "sync-messages") == []


@pytest.mark.parametrize("error", [ConnectionResetError(104, "reset by peer"), IndexError("pop from empty")])
def test_a_consumer_that_cannot_even_be_closed_is_begun_anew(
    rabbit_server: RabbitServer,
    url: str,
    work: Work,
    publisher: RabbitPublisher,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    refused = []

    def close(*_: object, **__: object) -> None:
        refused.append(1)
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(BlockingChannel, "close", close)
        rabbit_server.close_all_connections(url)
        eventually(lambda: refused, 20, "a consumer that is closed")
    eventually(lambda: consumers(url, "sync-messages") == 1, 20, "the worker consuming again")
    publisher.publish([job_row(1)])
    eventually(lambda: work.done == [1], 20)
    work.stop()


def test_heartbeats_keep_an_idle_worker_connected(
    rabbit_server: RabbitServer, url: str, publisher: RabbitPublisher, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work(f"{url}?heartbeat=1")
    eventually(lambda: consumers(url, "sync-messages") == 1)
    until = time.monotonic() + 6
    eventually(lambda: time.monotonic() > until, 10)
    publisher.publish([job_row(1)])
    eventually(lambda: work.done == [1], 2)
    work.stop()
    assert not [record for record in caplog.records if record.levelno >= logging.CRITICAL]


def test_a_worker_leaves_a_silent_network_by_heartbeats(url: str, publisher: RabbitPublisher) -> None:
    network = TcpProxy.before(url)
    work = Work(f"{network.through(url)}?heartbeat=1")
    eventually(lambda: consumers(url, "sync-messages") == 1)
    network.half_open()
    eventually(lambda: consumers(url, "sync-messages") == 0, 30, "the broker giving up")
    network.heal()
    publisher.publish([job_row(1)])
    eventually(lambda: work.done == [1], 40)
    work.stop()
    network.close()


def test_a_deleted_job_queue_comes_back_with_its_consumer(
    url: str, work: Work, publisher: RabbitPublisher
) -> None:
    delete_queue(url, "sync-messages")
    eventually(lambda: exists(url, "sync-messages"), 20, "the queue declared by the worker")
    assert list(publisher.publish([job_row(1)])) == [1]
    eventually(lambda: work.done == [1], 20)


def test_a_queue_deleted_and_made_again_at_once_is_not_listened_to_in_vain(
    url: str, publisher: RabbitPublisher
) -> None:
    work = Work(url, renew_after_s=1.0)
    eventually(lambda: consumers(url, "sync-messages") == 1)
    delete_queue(url, "sync-messages")
    declare_topology(url)
    assert list(publisher.publish([job_row(1)])) == [1]
    eventually(lambda: work.done == [1], 20)
    work.stop()


def test_a_mismatched_job_queue_is_named_before_the_worker_starts(amqp_url: str) -> None:
    with channel_to(amqp_url) as channel:
        channel.queue_declare("sync-cases", durable=True)
    with pytest.raises(ConfigurationError, match="queue 'sync-cases' exists with other properties"):
        declare_topology(amqp_url)


SCRIPT = "tests.script"
PROCESS = """
import os, sys, threading, time
from adapters.rabbitmq.broker import make_broker
from workers.actors import register_actors
from workers.middleware import JobLog
from workers.run import run_worker

url, log, kind, limit = sys.argv[1:]
stop = threading.Event()

def note(text):
    with open(log, "a") as file:
        file.write(text + "\\n")

def handle(job_id):
    note(f"began {job_id}")
    if kind == "deadly" and job_id == 13:
        os._exit(9)
    if kind == "slow":
        time.sleep(1.0)
    if kind == "polling":
        stop.wait(60)
    if kind == "stuck":
        time.sleep(60)
    note(f"ended {job_id}")

broker = make_broker(url, [JobLog()])
register_actors(broker, {"sync-messages": handle})
run_worker(broker, threads=2, on_ready=lambda: note("ready"), stop_event=stop, stop_within_s=float(limit))
note("stopped in order")
"""


def test_a_job_that_kills_its_process_is_dead_lettered_and_others_are_done(
    url: str, publisher: RabbitPublisher, processes: Processes, tmp_path: Path
) -> None:
    publisher.publish([job_row(13)])
    log = tmp_path / "log"
    deaths = 0
    while ready(url, REJECTED_JOBS) == 0:
        assert deaths <= 8, "the message comes back for ever"
        with processes.start(SCRIPT, PROCESS, url, str(log), "deadly", "10") as process:
            eventually(lambda: not process.is_running() or ready(url, REJECTED_JOBS) == 1, 20)
            if process.is_running():
                process.kill()
                break
            assert process.wait(5) == 9
            deaths += 1
    assert deaths == 6  # the first delivery and five more
    assert job_ids(drain(url, REJECTED_JOBS)) == [13]
    publisher.publish([job_row(1)])
    with processes.start(SCRIPT, PROCESS, url, str(log), "deadly", "10") as process:
        eventually(lambda: "ended 1" in log.read_text(), 20)
        assert process.terminate(20) == 0


def test_a_graceful_stop_finishes_what_runs_and_returns_the_rest(
    url: str, publisher: RabbitPublisher, processes: Processes, tmp_path: Path
) -> None:
    publisher.publish([job_row(n) for n in range(1, 11)])
    log = tmp_path / "log"
    with processes.start(SCRIPT, PROCESS, url, str(log), "slow", "20") as process:
        eventually(lambda: log.exists() and "began" in log.read_text(), 20)
        assert process.terminate(20) == 0
    lines = log.read_text().splitlines()
    began = {line.split()[1] for line in lines if line.startswith("began")}
    ended = {line.split()[1] for line in lines if line.startswith("ended")}
    assert began == ended
    assert lines[-1] == "stopped in order"
    assert {str(n) for n in job_ids(drain(url, "sync-messages"))} == {str(n) for n in range(1, 11)} - ended


def test_a_slice_that_polls_the_stop_event_ends_early(
    url: str, publisher: RabbitPublisher, processes: Processes, tmp_path: Path
) -> None:
    publisher.publish([job_row(1)])
    log = tmp_path / "log"
    with processes.start(SCRIPT, PROCESS, url, str(log), "polling", "30") as process:
        eventually(lambda: log.exists() and "began 1" in log.read_text(), 20)
        asked = time.monotonic()
        assert process.interrupt(20) == 0
    assert time.monotonic() - asked < 10
    assert log.read_text().split("\n")[-3:-1] == ["ended 1", "stopped in order"]
    assert drain(url, "sync-messages") == []


def test_a_stuck_job_does_not_hold_up_the_end_and_comes_again(
    url: str, publisher: RabbitPublisher, processes: Processes, tmp_path: Path
) -> None:
    publisher.publish([job_row(1)])
    log = tmp_path / "log"
    with processes.start(SCRIPT, PROCESS, url, str(log), "stuck", "1") as process:
        eventually(lambda: log.exists() and "began 1" in log.read_text(), 20)
        assert process.terminate(20) == 0
    assert job_ids(drain(url, "sync-messages")) == [1]


def test_killing_a_worker_under_load_loses_nothing(
    url: str, publisher: RabbitPublisher, processes: Processes, tmp_path: Path
) -> None:
    publisher.publish([job_row(n) for n in range(1, 2_001)])
    log = tmp_path / "log"
    with processes.start(SCRIPT, PROCESS, url, str(log), "quick", "10") as process:
        eventually(lambda: log.exists() and log.read_text().count("ended") > 200, 20)
        process.kill()
    with processes.start(SCRIPT, PROCESS, url, str(log), "quick", "10") as process:
        ended = {f"ended {n}" for n in range(1, 2_001)}
        eventually(lambda: ended <= set(log.read_text().splitlines()), 40, "all jobs done")
        assert process.terminate(20) == 0
