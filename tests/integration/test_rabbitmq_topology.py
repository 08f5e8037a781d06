"""What is declared on the broker, and what is said where that cannot be."""

import socket
from urllib.parse import urlsplit, urlunsplit

import pytest

from adapters.rabbitmq import connection
from adapters.rabbitmq.topology import (
    EVENT_QUEUE_ARGUMENTS,
    EVENT_QUEUES,
    EVENTS_EXCHANGE,
    JOB_QUEUE_ARGUMENTS,
    JOB_QUEUES,
    REJECTED,
    REJECTED_ARGUMENTS,
    REJECTED_JOBS,
    declare_topology,
)
from core.errors import ConfigurationError, TransientError
from core.reason import Reason
from tests.integration.rabbitmq_support import channel_to, drain, publish, ready, refusal
from tests.servers import RabbitServer, eventually, free_port


def test_everything_is_there_after_declaring_once_or_twice(
    rabbit_server: RabbitServer, amqp_url: str
) -> None:
    declare_topology(amqp_url)
    publish(amqp_url, EVENTS_EXCHANGE, "message-sent", [b"kept"])
    declare_topology(amqp_url)
    assert rabbit_server.queues(amqp_url) == sorted([*EVENT_QUEUES, *JOB_QUEUES, REJECTED, REJECTED_JOBS])
    assert drain(amqp_url, "message-sent") == [b"kept"]


@pytest.mark.parametrize(
    ("queue", "limit"),
    [
        ("message-sent", 100),
        ("document-uploaded", 100),
        ("sync-messages", 5),
        ("probe-connections", 5),
        (REJECTED, 1_000_000),
    ],
)
def test_queues_are_quorum_queues_with_their_delivery_limit(amqp_url: str, queue: str, limit: int) -> None:
    declare_topology(amqp_url)
    arguments = {
        **dict.fromkeys(EVENT_QUEUES, EVENT_QUEUE_ARGUMENTS),
        **dict.fromkeys(JOB_QUEUES, JOB_QUEUE_ARGUMENTS),
        REJECTED: REJECTED_ARGUMENTS,
    }[queue]
    assert refusal(amqp_url, queue, dict(arguments)) == ""
    said = refusal(amqp_url, queue, {**arguments, "x-delivery-limit": 7})
    assert f"'x-delivery-limit' for queue '{queue}'" in said
    assert f"current is the value '{limit}'" in said or f"current is '{limit}'" in said
    said = refusal(amqp_url, queue, {**arguments, "x-queue-type": "classic"})
    assert "current is the value 'quorum'" in said or "current is 'quorum'" in said


@pytest.mark.parametrize("queue", EVENT_QUEUES)
def test_a_rejected_event_is_dead_lettered_and_kept(amqp_url: str, queue: str) -> None:
    declare_topology(amqp_url)
    publish(amqp_url, EVENTS_EXCHANGE, queue, [b"bad"])
    with channel_to(amqp_url) as channel:
        method, _, _ = next(channel.consume(queue, inactivity_timeout=10))
        assert method is not None
        channel.basic_reject(method.delivery_tag, requeue=False)
        eventually(lambda: ready(amqp_url, REJECTED) == 1, what="the dead letter")
    assert drain(amqp_url, REJECTED) == [b"bad"]


def test_a_queue_with_other_properties_is_named(amqp_url: str) -> None:
    with channel_to(amqp_url) as channel:
        channel.queue_declare("document-uploaded", durable=True)
    with pytest.raises(ConfigurationError, match="'document-uploaded' exists with other") as raised:
        declare_topology(amqp_url)
    assert raised.value.reason is Reason.BROKER_DIFFERS


def test_an_exchange_of_another_type_is_named(amqp_url: str) -> None:
    with channel_to(amqp_url) as channel:
        channel.exchange_declare(EVENTS_EXCHANGE, exchange_type="fanout", durable=True)
    with pytest.raises(
        ConfigurationError, match=f"exchange '{EVENTS_EXCHANGE}' exists with other properties"
    ):
        declare_topology(amqp_url)


def test_a_refused_log_in_is_told_without_the_password(amqp_url: str) -> None:
    parts = urlsplit(amqp_url)
    wrong = urlunsplit(parts._replace(netloc=f"{parts.username}:not-this-one@{parts.hostname}:{parts.port}"))
    with pytest.raises(ConfigurationError, match="refused the log-in") as caught:
        declare_topology(wrong)
    assert "not-this-one" not in str(caught.value)


def test_a_missing_virtual_host_is_told(amqp_url: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be entered by"):
        declare_topology(urlunsplit(urlsplit(amqp_url)._replace(path="/no-such-vhost")))


def test_a_broker_out_of_reach_is_a_matter_of_time() -> None:
    with pytest.raises(TransientError, match=r"out of reach.*refused"):
        declare_topology(f"amqp://guest:guest@127.0.0.1:{free_port()}/")


def test_a_broker_that_takes_the_connection_and_says_nothing_is_a_matter_of_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "CONNECT_TIMEOUT_S", 0.3)
    with (
        socket.create_server(("127.0.0.1", free_port())) as silent,
        pytest.raises(TransientError, match=r"out of reach.*Timeout during AMQP handshake"),
    ):
        declare_topology(f"amqp://guest:guest@127.0.0.1:{silent.getsockname()[1]}/")


@pytest.mark.parametrize(
    "url", ["", "http://host/", "amqp://u:secret@host:port/", "amqp://u:secret@h/?no_such=1"]
)
def test_what_is_no_amqp_url_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="CASEBRIDGE_AMQP_URL is no AMQP URL") as caught:
        declare_topology(url)
    assert "secret" not in str(caught.value)
