"""The relay's publisher through everything that happens to brokers: nothing is lost, nothing is silent."""

import time
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit, urlunsplit

import pika
import pytest
import structlog
from pika.spec import BasicProperties

from adapters.rabbitmq.confirms import ConfirmingConnection, Outgoing
from adapters.rabbitmq.connection import connection_parameters
from adapters.rabbitmq.publisher import RabbitPublisher
from adapters.rabbitmq.topology import INTEGRATION_EXCHANGE, declare_topology
from core.errors import ConfigurationError, TransientError
from core.outbox_row import OutboxRow
from tests.integration.rabbitmq_at_work import Relay
from tests.integration.rabbitmq_support import (
    channel_to,
    delete_queue,
    drain,
    job_ids,
    job_row,
    ready,
)
from tests.servers import RabbitServer, eventually, free_port
from tests.servers.tcp_proxy import TcpProxy


@pytest.fixture
def publisher(amqp_url: str) -> Iterator[RabbitPublisher]:
    with closing(RabbitPublisher(amqp_url)) as made:
        yield made


def test_connections_closed_by_an_operator_lose_nothing(
    rabbit_server: RabbitServer, amqp_url: str, publisher: RabbitPublisher
) -> None:
    relay = Relay(publisher, 6_000, until_lost=True)
    eventually(lambda: len(relay.open) < 5_000, 30, "the relay at work")
    rabbit_server.close_all_connections(amqp_url)
    relay.finish()
    assert len(relay.connections) > 1
    assert set(job_ids(drain(amqp_url, "sync-messages"))) == set(range(1, relay.rows + 1))


def test_a_job_for_a_deleted_queue_stays_in_the_outbox_and_the_queue_is_made_again(
    amqp_url: str, publisher: RabbitPublisher
) -> None:
    assert list(publisher.publish([job_row(1)])) == [1]
    delete_queue(amqp_url, "sync-messages")
    with structlog.testing.capture_logs() as logs:
        confirmed = publisher.publish([job_row(2), job_row(3, "sync-cases")])
    assert list(confirmed) == [3]
    assert [entry["without_queue"] for entry in logs if "without_queue" in entry] == [["sync-messages"]]
    assert list(publisher.publish([job_row(2)])) == [2]
    assert job_ids(drain(amqp_url, "sync-messages")) == [2]


def test_a_deleted_exchange_is_made_again(amqp_url: str, publisher: RabbitPublisher) -> None:
    row = OutboxRow(1, None, "case-closed", b"{}")
    assert list(publisher.publish([row])) == [1]
    with channel_to(amqp_url) as channel:
        channel.exchange_delete(INTEGRATION_EXCHANGE)
    with pytest.raises(TransientError):
        publisher.publish([row])
    assert list(publisher.publish([row])) == [1]


def test_an_announcement_says_what_it_is(amqp_url: str, publisher: RabbitPublisher) -> None:
    declare_topology(amqp_url)
    with channel_to(amqp_url) as channel:
        channel.queue_declare("listener", durable=True)
        channel.queue_bind("listener", INTEGRATION_EXCHANGE, "case-closed")
        publisher.publish(
            [OutboxRow(1, None, "case-closed", b"{}"), OutboxRow(2, None, "message-synced", b"{}")]
        )
        method, properties, body = channel.basic_get("listener", auto_ack=True)
        assert method is not None
        assert properties is not None
        assert (method.routing_key, method.message_count, body) == ("case-closed", 0, b"{}")
        assert (properties.content_type, properties.delivery_mode) == ("application/cloudevents+json", 2)


def test_heartbeats_keep_an_idle_connection(amqp_url: str) -> None:
    with closing(RabbitPublisher(f"{amqp_url}?heartbeat=1")) as publisher:
        publisher.publish([job_row(1)])
        before = publisher._connection
        until = time.monotonic() + 5  # the broker gives up after two to three heartbeats
        eventually(lambda: time.monotonic() > until, 10)
        assert list(publisher.publish([job_row(2)])) == [2]
        assert publisher._connection is before


def test_a_connection_lost_while_idle_costs_no_row(
    rabbit_server: RabbitServer, amqp_url: str, publisher: RabbitPublisher
) -> None:
    publisher.publish([job_row(1)])
    rabbit_server.close_all_connections(amqp_url)
    confirmed = eventually(lambda: publisher.publish([job_row(2)]), ignoring=(TransientError,))
    assert list(confirmed) == [2]


def test_a_broker_that_answers_nothing_ends_the_wait_and_is_left(amqp_url: str) -> None:
    with TcpProxy.before(amqp_url) as network:
        publisher = RabbitPublisher(network.through(amqp_url), confirm_within_s=1.0)
        assert list(publisher.publish([job_row(1)])) == [1]
        network.half_open()
        began = time.monotonic()
        with pytest.raises(TransientError, match="outstanding after 1 s"):
            publisher.publish([job_row(2)])
        assert time.monotonic() - began < 20
        network.heal()
        assert list(publisher.publish([job_row(2)])) == [2]
        publisher.close()
    assert job_ids(drain(amqp_url, "sync-messages"))[-1] == 2


def test_what_the_broker_refuses_is_not_confirmed(amqp_url: str) -> None:
    with channel_to(amqp_url) as channel:
        arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
        channel.queue_declare("narrow", durable=True, arguments=arguments)
    connection = ConfirmingConnection(connection_parameters(amqp_url, "test"))
    connection.open(10)
    properties = BasicProperties(delivery_mode=2)
    window = connection.publish(
        [Outgoing(n, "", "narrow", b"x", properties, mandatory=True) for n in range(20)], 10
    )
    connection.close()
    assert window.lost is None
    assert window.refused
    assert window.confirmed | window.refused == set(range(20))
    assert ready(amqp_url, "narrow") == len(window.confirmed)


def test_a_wrong_password_is_a_persons_matter_at_first(amqp_url: str) -> None:
    parts = urlsplit(amqp_url)
    wrong = urlunsplit(parts._replace(netloc=f"{parts.username}:wrong@{parts.hostname}:{parts.port}"))
    with closing(RabbitPublisher(wrong)) as publisher, pytest.raises(ConfigurationError, match="log-in"):
        publisher.publish([job_row(1)])


def test_a_broker_that_was_never_there_is_a_transient_error() -> None:
    url = f"amqp://guest:guest@127.0.0.1:{free_port()}/"
    with closing(RabbitPublisher(url)) as publisher, pytest.raises(TransientError, match="out of reach"):
        publisher.publish([job_row(1)])


def test_a_job_is_what_dramatiq_would_have_sent(amqp_url: str, publisher: RabbitPublisher) -> None:
    import dramatiq

    publisher.publish([job_row(7), job_row(8)])
    first, second = (dramatiq.Message.decode(body) for body in drain(amqp_url, "sync-messages"))
    assert (first.queue_name, first.actor_name, first.args) == ("sync-messages", "sync-messages", (7,))
    assert (first.kwargs, first.options) == ({}, {})
    assert first.message_id != second.message_id


def test_the_connection_bears_its_purpose(amqp_url: str) -> None:
    parameters = connection_parameters(amqp_url, "relay")
    assert isinstance(parameters, pika.URLParameters)
    assert parameters.client_properties == {"connection_name": "casebridge relay"}
