"""Queues of the broker: filled before a measurement, and looked into."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pika
from pika.adapters.blocking_connection import BlockingChannel

from tests.servers import eventually

_FILLED_WITHIN_S = 120.0
_POLL_S = 0.25


@contextmanager
def channel_to(url: str) -> Iterator[BlockingChannel]:
    """Open a channel, and close its connection at the end."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        yield connection.channel()
    finally:
        if connection.is_open:
            connection.close()


def ready(channel: BlockingChannel, queue: str) -> int:
    """Return how many messages wait in a queue, without those that a consumer holds."""
    return int(channel.queue_declare(queue, passive=True).method.message_count)


def fill(url: str, queue: str, bodies: Sequence[bytes]) -> None:
    """Put persistent messages into a queue; all are there on return."""
    persistent = pika.BasicProperties(delivery_mode=2)
    with channel_to(url) as channel:
        for body in bodies:
            channel.basic_publish("", queue, body, persistent)
        wait_for(channel, queue, len(bodies))


def wait_for(channel: BlockingChannel, queue: str, number: int, within_s: float = _FILLED_WITHIN_S) -> None:
    """Wait until exactly so many messages wait in the queue."""
    eventually(
        lambda: ready(channel, queue) == number,
        within_s,
        f"{queue} holding {number} messages",
        poll_s=_POLL_S,
    )


def bind_durable(url: str, exchange: str, queue: str) -> None:
    """Let a quorum queue take all that a topic exchange gets."""
    with channel_to(url) as channel:
        channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})
        channel.queue_bind(queue, exchange, routing_key="#")
