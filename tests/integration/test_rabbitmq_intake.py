"""Intake of upstream events: recorded before acknowledged, whatever happens in between."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from pika import spec

from adapters.rabbitmq.intake import Intake
from adapters.rabbitmq.topology import EVENT_QUEUES, EVENTS_EXCHANGE, REJECTED, declare_topology
from core.errors import ConfigurationError, TransientError
from core.event import parse_event
from core.usecases.receive_events import Incoming
from tests.fakes.samples import a_message, event_body, message_data
from tests.integration.rabbitmq_at_work import Receive, Recorder, Running, numbered, send
from tests.integration.rabbitmq_support import (
    channel_to,
    consumers,
    delete_queue,
    drain,
    ready,
)
from tests.servers import Processes, RabbitServer, eventually
from tests.servers.tcp_proxy import TcpProxy


class TooLate(datetime):
    """What pika writes as a time in milliseconds where seconds belong: ten thousands of years from now."""

    def utctimetuple(self) -> time.struct_time:
        return time.struct_time((1970, 1, 1, 0, 0, 1_795_755_607_000, 0, 0, 0))


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def start(amqp_url: str) -> Iterator[Callable[..., Running]]:
    declare_topology(amqp_url)
    started: list[Running] = []

    def start_one(receive: Receive, url: str = amqp_url, renew_after_s: float = 60.0) -> Running:
        started.append(Running(url, receive, renew_after_s))
        eventually(lambda: started[-1].ready, what="the intake consuming")
        return started[-1]

    yield start_one
    for running in started:
        running.stop()


def with_headers(headers: dict[str, Any], **properties: Any) -> spec.BasicProperties:
    made: spec.BasicProperties = spec.BasicProperties(headers=headers, **properties)
    return made


def is_empty(url: str, queue: str = "message-sent") -> bool:
    """Whether nothing waits to be delivered; what is unacknowledged is not counted."""
    with channel_to(url) as channel:
        method = channel.queue_declare(queue, passive=True).method
        return int(method.message_count) == 0


def test_events_of_both_queues_arrive_in_order_in_full_batches(
    amqp_url: str, recorder: Recorder, start: Callable[..., Running]
) -> None:
    send(amqp_url, numbered(1, 1_000))
    send(amqp_url, [b"doc"], "document-uploaded")
    running = start(recorder)
    eventually(lambda: len(recorder.bodies) == 1_001)
    running.stop()
    messages = [e.body for b in recorder.batches for e in b if e.channel == "message-sent"]
    assert messages == numbered(1, 1_000)
    assert [e.body for b in recorder.batches for e in b if e.channel == "document-uploaded"] == [b"doc"]
    assert max(len(batch) for batch in recorder.batches) == 200
    assert drain(amqp_url, "message-sent") == []


def test_a_single_event_waits_for_no_company(
    amqp_url: str, recorder: Recorder, start: Callable[..., Running]
) -> None:
    start(recorder)
    send(amqp_url, [b"alone"])
    sent = time.monotonic()
    eventually(lambda: recorder.bodies == [b"alone"])
    assert recorder.calls[0] - sent < 1.0


def test_rejected_events_are_dead_lettered_and_only_they(
    amqp_url: str, recorder: Recorder, start: Callable[..., Running]
) -> None:
    recorder.fail = lambda batch: [int(event.body) % 7 != 0 for event in batch]
    running = start(recorder)
    send(amqp_url, numbered(1, 700))
    eventually(lambda: ready(amqp_url, REJECTED) == 100)
    running.stop()
    assert sorted(map(int, drain(amqp_url, REJECTED))) == list(range(7, 701, 7))
    assert drain(amqp_url, "message-sent") == []


def test_an_outage_of_the_store_acknowledges_nothing_and_spins_nothing(
    amqp_url: str, recorder: Recorder, start: Callable[..., Running]
) -> None:
    is_away = threading.Event()
    is_away.set()

    def fail(batch: Sequence[Incoming]) -> Sequence[bool]:
        if is_away.is_set():
            raise TransientError("Postgres is away")
        return [True] * len(batch)

    recorder.fail = fail
    running = start(recorder, f"{amqp_url}?heartbeat=1")
    send(amqp_url, numbered(1, 10))
    eventually(lambda: len(recorder.calls) >= 4, 20, "the fourth attempt")
    assert recorder.calls[3] - recorder.calls[0] > 1.0
    assert recorder.bodies == []
    is_away.clear()
    eventually(lambda: recorder.bodies == numbered(1, 10), 20)
    assert running.ready == 1  # its connection lived through it, so no delivery was counted
    running.stop()
    assert drain(amqp_url, "message-sent") == []


def test_an_event_that_breaks_the_store_is_set_aside_and_blocks_nobody(
    amqp_url: str, recorder: Recorder, start: Callable[..., Running]
) -> None:
    def fail(batch: Sequence[Incoming]) -> Sequence[bool]:
        if any(event.body == b"13" for event in batch):
            raise RuntimeError("privileged text")
        return [True] * len(batch)

    recorder.fail = fail
    with structlog.testing.capture_logs() as logs:
        start(recorder)
        send(amqp_url, numbered(1, 300))
        eventually(lambda: ready(amqp_url, REJECTED) == 1, 20)
    assert drain(amqp_url, REJECTED) == [b"13"]
    assert set(recorder.bodies) == set(numbered(1, 300)) - {b"13"}
    assert "privileged text" not in str(logs)
    assert any(entry.get("error_type") == "RuntimeError" for entry in logs)


def test_when_every_event_fails_all_are_kept(
    amqp_url: str, recorder: Recorder, start: Callable[..., Running]
) -> None:
    is_broken = threading.Event()
    is_broken.set()

    def fail(batch: Sequence[Incoming]) -> Sequence[bool]:
        if is_broken.is_set():
            raise LookupError("no such table")
        return [True] * len(batch)

    recorder.fail = fail
    start(recorder)
    send(amqp_url, numbered(1, 5))
    eventually(lambda: len(recorder.calls) >= 12, 20, "the second attempt at all of them")
    assert ready(amqp_url, REJECTED) == 0
    is_broken.clear()
    eventually(lambda: sorted(recorder.bodies) == numbered(1, 5), 20)


def test_foreign_and_oversized_bodies_are_passed_on_as_they_are(
    amqp_url: str, recorder: Recorder, start: Callable[..., Running]
) -> None:
    odd = [b"", b"\xff\x00\xfe", b"x" * 1_000_000, b"[1, 2"]
    start(recorder)
    send(amqp_url, odd)
    eventually(lambda: recorder.bodies == odd)


def test_an_event_in_binary_mode_arrives_as_the_event_it_is(
    amqp_url: str, recorder: Recorder, start: Callable[..., Running]
) -> None:
    start(recorder)
    event = json.loads(event_body(message_data()))
    data = json.dumps(event.pop("data")).encode()
    headers = {f"cloudEvents:{name}": value for name, value in event.items()}
    headers["cloudEvents:time"] = datetime(2026, 11, 2, 11, 0, 1, tzinfo=UTC)
    with channel_to(amqp_url) as channel:
        properties = with_headers(headers, content_type="application/json")
        channel.basic_publish(EVENTS_EXCHANGE, "message-sent", data, properties)
    eventually(lambda: len(recorder.bodies) == 1)
    assert parse_event(recorder.bodies[0]) == a_message()


def test_a_header_that_cannot_be_read_stops_nobody(
    amqp_url: str, recorder: Recorder, start: Callable[..., Running]
) -> None:
    running = start(recorder)
    with channel_to(amqp_url) as channel:
        for value in (TooLate(2026, 1, 1), [TooLate(2026, 1, 1)], {"deep": TooLate(2026, 1, 1)}):
            properties = with_headers({"odd": value, "after": "x"})
            channel.basic_publish(EVENTS_EXCHANGE, "message-sent", b"odd", properties)
    send(amqp_url, [b"after"])
    eventually(lambda: recorder.bodies == [b"odd"] * 3 + [b"after"], 20)
    assert running.ready == 1


def test_properties_in_no_known_letters_or_without_end_stop_nobody(
    amqp_url: str, recorder: Recorder, start: Callable[..., Running]
) -> None:
    deep: list[Any] = []
    for _ in range(700):
        deep = [deep]
    odd: list[dict[str, Any]] = [
        {"headers": {b"Gr\xf6\xdfe": 1, "after": "x"}},
        {"content_type": b"application/json; name=\xe9"},
        {"content_type": b"\xff", "headers": {b"cloudEvents:\xff": "x"}},
        {"headers": {"deep": deep, "after": "x"}},
    ]
    running = start(recorder)
    with channel_to(amqp_url) as channel:
        for properties in odd:
            made = spec.BasicProperties(**properties)
            channel.basic_publish(EVENTS_EXCHANGE, "message-sent", b"odd", made)
    send(amqp_url, [b"after"])
    eventually(lambda: recorder.bodies[-1:] == [b"after"], 20)
    assert len(recorder.bodies) == len(odd) + 1
    assert running.ready == 1


def test_a_lost_acknowledgement_brings_the_batch_again(
    rabbit_server: RabbitServer, amqp_url: str, recorder: Recorder, start: Callable[..., Running]
) -> None:
    def cut_once(batch: Sequence[Incoming]) -> Sequence[bool]:
        if not recorder.batches:
            rabbit_server.close_all_connections(amqp_url)
        return [True] * len(batch)

    recorder.fail = cut_once
    send(amqp_url, numbered(1, 10))
    running = start(recorder)
    eventually(lambda: len(recorder.bodies) == 20, 20, "the second coming")
    running.stop()
    assert recorder.bodies == numbered(1, 10) * 2
    assert drain(amqp_url, "message-sent") == []


def test_deleted_queues_are_made_again(
    amqp_url: str, recorder: Recorder, start: Callable[..., Running]
) -> None:
    running = start(recorder)
    for queue in EVENT_QUEUES:
        delete_queue(amqp_url, queue)
    eventually(lambda: running.ready >= 2, 20, "consuming again")
    eventually(lambda: consumers(amqp_url, "document-uploaded") == 1, 20)
    send(amqp_url, [b"after"])
    eventually(lambda: recorder.bodies == [b"after"], 20)


def test_a_queue_deleted_and_made_again_at_once_is_not_listened_to_in_vain(
    amqp_url: str, recorder: Recorder, start: Callable[..., Running]
) -> None:
    start(recorder, renew_after_s=1.0)
    eventually(lambda: consumers(amqp_url, "message-sent") == 1)
    delete_queue(amqp_url, "message-sent")
    declare_topology(amqp_url)
    send(amqp_url, [b"after"])
    eventually(lambda: recorder.bodies == [b"after"], 20)


def test_consuming_anew_loses_and_repeats_nothing(
    amqp_url: str, recorder: Recorder, start: Callable[..., Running]
) -> None:
    running = start(recorder, renew_after_s=0.05)
    for first in range(1, 400, 20):
        send(amqp_url, numbered(first, first + 19))
    eventually(lambda: len(recorder.bodies) >= 400)
    running.stop()
    assert recorder.bodies == numbered(1, 400)
    assert drain(amqp_url, "message-sent") == []


def test_of_two_intakes_one_works_and_the_other_takes_over_in_order(
    amqp_url: str, start: Callable[..., Running]
) -> None:
    seen: list[tuple[str, int]] = []

    def noting(name: str) -> Receive:
        def receive(batch: Sequence[Incoming]) -> Sequence[bool]:
            seen.extend((name, int(event.body)) for event in batch)
            return [True] * len(batch)

        return receive

    first = start(noting("first"))
    start(noting("second"))
    send(amqp_url, numbered(1, 300))
    eventually(lambda: len(seen) == 300)
    first.stop()
    send(amqp_url, numbered(301, 600))
    eventually(lambda: len(seen) == 600)
    assert seen == [("first" if n <= 300 else "second", n) for n in range(1, 601)]


def test_a_network_that_falls_silent_is_left_by_heartbeats(
    amqp_url: str, recorder: Recorder, start: Callable[..., Running]
) -> None:
    network = TcpProxy.before(amqp_url)
    running = start(recorder, f"{network.through(amqp_url)}?heartbeat=1")
    network.half_open()
    eventually(lambda: not is_consumed(amqp_url), 30, "the broker giving up")
    network.heal()
    eventually(lambda: running.ready == 2, 30, "consuming again")
    send(amqp_url, [b"after"])
    eventually(lambda: recorder.bodies == [b"after"], 20)
    running.stop()
    network.close()


def is_consumed(url: str) -> bool:
    return consumers(url, "message-sent") > 0


def test_a_mismatched_queue_is_told_at_the_start_and_not_tried_for_ever(amqp_url: str) -> None:
    with channel_to(amqp_url) as channel:
        channel.queue_declare("message-sent", durable=True)
    intake = Intake(amqp_url, lambda batch: [True] * len(batch))
    with pytest.raises(ConfigurationError, match="queue 'message-sent' exists with other properties"):
        intake.run()


SCRIPT = "tests.script"
PROCESS = """
import os, signal, sys
from adapters.rabbitmq.intake import Intake

url, log, deadly = sys.argv[1:]

def receive(batch):
    with open(log, "ab") as file:
        for event in batch:
            file.write(event.body + b"\\n")
    if deadly == "yes":
        os._exit(9)
    return [True] * len(batch)

intake = Intake(url, receive)
signal.signal(signal.SIGTERM, lambda *_: intake.stop())
intake.run()
"""


def test_an_intake_killed_between_recording_and_acknowledging_repeats_and_loses_nothing(
    amqp_url: str, processes: Processes, tmp_path: Path
) -> None:
    declare_topology(amqp_url)
    send(amqp_url, numbered(1, 50))
    log = tmp_path / "recorded"
    with processes.start(SCRIPT, PROCESS, amqp_url, str(log), "yes") as first:
        assert first.wait(30) == 9
    died_with = log.read_bytes().split()
    assert died_with
    with processes.start(SCRIPT, PROCESS, amqp_url, str(log), "no") as second:
        # The broker may take a moment to find out that the first is gone, and keeps its events until then.
        eventually(lambda: died_with[0] in log.read_bytes().split()[len(died_with) :], 30)
        eventually(lambda: set(log.read_bytes().split()) == set(numbered(1, 50)), 30)
        eventually(lambda: is_empty(amqp_url), 10)
        assert second.terminate(30) == 0
    assert log.read_bytes().split()[len(died_with) :].count(died_with[0]) == 1
    assert drain(amqp_url, "message-sent") == []


def test_stopping_during_an_outage_gives_everything_back(
    amqp_url: str, recorder: Recorder, start: Callable[..., Running]
) -> None:
    def fail(batch: Sequence[Incoming]) -> Sequence[bool]:
        raise TransientError("Postgres is away")

    recorder.fail = fail
    running = start(recorder)
    send(amqp_url, numbered(1, 10))
    eventually(lambda: recorder.calls)
    running.stop()
    assert sorted(drain(amqp_url, "message-sent")) == sorted(numbered(1, 10))
