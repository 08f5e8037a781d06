"""Two ways to one broker, as two nodes of a cluster are: who loses one goes on over the other."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from urllib.parse import urlsplit, urlunsplit

import dramatiq
import pytest

from adapters.rabbitmq.broker import make_broker
from adapters.rabbitmq.intake import Intake
from adapters.rabbitmq.publisher import RabbitPublisher
from adapters.rabbitmq.topology import EVENTS_EXCHANGE, declare_topology
from core.errors import ConfigurationError
from core.outbox_row import OutboxRow
from core.usecases.receive_events import Incoming
from tests.integration.rabbitmq_support import drain, publish
from tests.servers.ports import free_port
from tests.servers.tcp_proxy import TcpProxy
from tests.servers.waiting import eventually

pytestmark = pytest.mark.timeout(120)


@contextmanager
def two_ways(amqp_url: str) -> Iterator[tuple[str, list[TcpProxy]]]:
    """The addresses of both, and what leads there."""
    with TcpProxy.before(amqp_url) as one, TcpProxy.before(amqp_url) as other:
        yield f"{one.through(amqp_url)},{other.through(amqp_url)}", [one, other]


def dead(amqp_url: str) -> str:
    """The address of a node that does not run."""
    parts = urlsplit(amqp_url)
    account = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{account}@127.0.0.1:{free_port()}"))


def a_job(number: int) -> OutboxRow:
    return OutboxRow(row_id=number, queue="sync-messages", kind=None, body=str(number).encode())


def test_the_relay_goes_on_over_the_other_node(amqp_url: str) -> None:
    with two_ways(amqp_url) as (urls, ways), closing(RabbitPublisher(urls)) as publisher:
        for number, way in enumerate([*ways, *ways]):
            way.cut()
            eventually(lambda n=number: publishes(publisher, n), 15, "published over the other")  # type: ignore[misc]  # mypy infers no default of a lambda
            way.heal()
        assert len(drain(amqp_url, "sync-messages")) >= 4


def publishes(publisher: RabbitPublisher, number: int) -> bool:
    try:
        return bool(publisher.publish([a_job(number)]))
    except Exception as error:  # noqa: BLE001 - the first try meets the node that is lost
        return type(error).__name__ != "TransientError"


def test_an_intake_goes_on_over_the_other_node(amqp_url: str) -> None:
    came: list[bytes] = []

    def receive(batch: Sequence[Incoming]) -> Sequence[bool]:
        came.extend(event.body for event in batch)
        return [True] * len(batch)

    with two_ways(amqp_url) as (urls, ways):
        intake = Intake(urls, receive)
        thread = threading.Thread(target=intake.run)
        thread.start()
        try:
            for number, way in enumerate([*ways, *ways]):
                way.cut()
                body = str(number).encode()
                eventually(lambda: is_declared(amqp_url), 15, "the queues")
                publish(amqp_url, EVENTS_EXCHANGE, "message-sent", [body])
                eventually(lambda b=body: b in came, 15, "an event over the other")  # type: ignore[misc]  # mypy infers no default of a lambda
                way.heal()
        finally:
            intake.stop()
            thread.join(20)
        assert not thread.is_alive()


def is_declared(amqp_url: str) -> bool:
    declare_topology(amqp_url)
    return True


def test_a_worker_consumes_over_a_node_that_runs(amqp_url: str) -> None:
    broker = make_broker(f"{dead(amqp_url)},{amqp_url}")
    dramatiq.actor(broker=broker, actor_name="sync-messages", queue_name="sync-messages")(is_declared)
    for _ in range(3):
        consumer = broker.consume("sync-messages", timeout=100)
        assert next(iter(consumer)) is None
        consumer.close()
    broker.close()


def test_what_is_wrong_is_told_where_one_node_is_down_and_the_other_refuses(amqp_url: str) -> None:
    parts = urlsplit(amqp_url)
    refusing = urlunsplit(parts._replace(netloc=f"nobody:wrong@{parts.hostname}:{parts.port}"))
    declare_topology(f"{dead(amqp_url)},{amqp_url}")
    for urls in (f"{dead(amqp_url)},{refusing}", f"{refusing},{dead(amqp_url)}"):
        with pytest.raises(ConfigurationError, match="refused the log-in of 'nobody'"):
            declare_topology(urls)
