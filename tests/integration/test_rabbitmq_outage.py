"""A broker that stops and starts again: what is published, taken in and worked off loses nothing by it.

To stop a broker and to start it takes half a minute of a busy machine. So it happens once, to all of them at
the same time, each in a virtual host of its own.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass

import pika
import pika.exceptions
import pytest
import structlog
from structlog.typing import EventDict

from adapters.rabbitmq.publisher import RabbitPublisher
from adapters.rabbitmq.topology import JOB_QUEUES, declare_topology
from core.errors import TransientError
from core.usecases.receive_events import Incoming
from tests.integration.rabbitmq_at_work import Recorder, Relay, Running, Work, numbered, send
from tests.integration.rabbitmq_support import consumers, drain, job_ids, job_row
from tests.servers import RabbitServer, eventually

pytestmark = pytest.mark.timeout(300)  # what comes before the first test is everybody's


@dataclass
class Publishing:
    """A relay in the middle of its rows. Counts how often it tried within so many seconds of the outage."""

    url: str
    relay: Relay
    attempts: int = 0
    within_s: float = 0.0


@dataclass
class TakingIn:
    """An intake in the middle of its events: its batches take until the broker is gone."""

    url: str
    running: Running
    recorder: Recorder


@dataclass
class Working:
    """A worker, with or without jobs, and who publishes them."""

    url: str
    work: Work
    publisher: RabbitPublisher


@dataclass
class Outage:
    """Who lived through it."""

    publishing: Publishing
    taking_in: TakingIn
    late: TakingIn
    late_logs: list[EventDict]
    busy: Working
    idle: Working
    refused: bool


@pytest.fixture(scope="module")
def outage(rabbit_server: RabbitServer) -> Iterator[Outage]:
    """Everybody at work, and a broker that went and came back."""
    if not rabbit_server.is_ours:
        pytest.skip("the broker is not ours to stop")
    is_away = threading.Event()
    with ExitStack() as stack:
        stack.callback(is_away.set)  # whatever fails, nobody waits for it for ever

        def vhost() -> str:
            url = rabbit_server.create_vhost()
            stack.callback(rabbit_server.drop_vhost, url)
            declare_topology(url)
            return url

        idle = working(stack, vhost())
        late_url = vhost()
        publishing = at_publishing(stack, vhost())
        taking_in = at_taking_in(stack, vhost(), is_away)
        busy = working(stack, vhost())
        busy.publisher.publish([job_row(n) for n in range(1, 601)])
        eventually(lambda: len(busy.work.done) > 200, 20, "jobs done")
        busy.work.gate.clear()

        rabbit_server.stop_app()
        try:
            began, attempts = time.monotonic(), publishing.relay.attempts
            refused = is_refused(busy.url)
            with structlog.testing.capture_logs() as logs:
                late = TakingIn(late_url, *late_intake(stack, late_url))
                eventually(lambda: reasons(logs), 20, "an attempt of an intake")
            eventually(lambda: publishing.relay.attempts > attempts + 3, 30, "four attempts of a relay")
            publishing.within_s = time.monotonic() - began
            publishing.attempts = publishing.relay.attempts - attempts
            is_away.set()
            busy.work.gate.set()
        finally:
            rabbit_server.start_app()
        yield Outage(publishing, taking_in, late, list(logs), busy, idle, refused)


def at_publishing(stack: ExitStack, url: str) -> Publishing:
    publisher = stack.enter_context(closing(RabbitPublisher(url)))
    relay = Relay(publisher, 2_000, until_lost=True)
    stack.callback(relay.thread.join, 70)
    eventually(lambda: len(relay.open) < 1_500, 30, "the relay at work")
    return Publishing(url, relay)


def at_taking_in(stack: ExitStack, url: str, is_away: threading.Event) -> TakingIn:
    recorder = Recorder()

    def slowly(batch: Sequence[Incoming]) -> Sequence[bool]:
        if len(recorder.bodies) > 200:
            is_away.wait(60)
        return [True] * len(batch)

    recorder.fail = slowly
    send(url, numbered(1, 1_000))
    running = Running(url, recorder)
    stack.callback(running.stop)
    eventually(lambda: len(recorder.bodies) > 200, 20, "events recorded")
    return TakingIn(url, running, recorder)


def late_intake(stack: ExitStack, url: str) -> tuple[Running, Recorder]:
    recorder = Recorder()
    running = Running(url, recorder)
    stack.callback(running.stop)
    return running, recorder


def working(stack: ExitStack, url: str) -> Working:
    publisher = stack.enter_context(closing(RabbitPublisher(url)))
    work = Work(url)
    stack.callback(work.stop)
    eventually(lambda: consumers(url, JOB_QUEUES[-1]) == 1, 20, "the worker consuming")
    return Working(url, work, publisher)


def is_refused(url: str) -> bool:
    try:
        pika.BlockingConnection(pika.URLParameters(url)).close()
    except pika.exceptions.AMQPConnectionError:
        return True
    return False


def reasons(logs: Sequence[EventDict]) -> list[str]:
    return [entry["reason"] for entry in logs if "reason" in entry]


def test_a_relay_in_the_middle_loses_nothing(outage: Outage) -> None:
    relay = outage.publishing.relay
    relay.finish()
    assert len(relay.connections) > 1
    published = job_ids(drain(outage.publishing.url, "sync-messages"))
    assert set(published) == set(range(1, relay.rows + 1))


def test_a_relay_without_a_broker_pauses_before_it_tries_again(outage: Outage) -> None:
    """Its pauses grow: after some short ones there is an attempt a second at most."""
    assert 3 < outage.publishing.attempts < 8 + outage.publishing.within_s


def test_an_intake_under_load_loses_nothing(outage: Outage) -> None:
    url, running, recorder = outage.taking_in.url, outage.taking_in.running, outage.taking_in.recorder
    eventually(lambda: len(set(recorder.bodies)) == 1_000, 60, "all events recorded")
    eventually(lambda: running.ready == 2, 20, "consuming again")
    send(url, [b"after"])
    eventually(lambda: recorder.bodies[-1] == b"after", 20)
    running.stop()
    assert drain(url, "message-sent") == []


def test_an_intake_waits_for_a_broker_that_starts_later(outage: Outage) -> None:
    late = outage.late
    assert reasons(outage.late_logs)
    assert all("out of reach" in reason for reason in reasons(outage.late_logs))
    eventually(lambda: late.running.ready == 1, 30, "the intake consuming")
    send(late.url, [b"after"])
    eventually(lambda: late.recorder.bodies == [b"after"], 20)


def test_a_worker_under_load_loses_no_job(outage: Outage) -> None:
    eventually(lambda: set(outage.busy.work.done) == set(range(1, 601)), 60, "all jobs done")


def test_an_idle_worker_and_its_relay_need_no_help(outage: Outage) -> None:
    idle = outage.idle
    publish = idle.publisher.publish
    assert list(eventually(lambda: publish([job_row(1)]), 20, ignoring=(TransientError,))) == [1]
    eventually(lambda: idle.work.done == [1], 30)


def test_the_broker_refused_meanwhile(outage: Outage) -> None:
    """What the others here were told by their own connections, said by a new one."""
    assert outage.refused
