"""What the tests over a real RabbitMQ share: looking into queues, and a network that can fail."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import dramatiq
import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from adapters.rabbitmq.confirms import ConfirmingConnection, Outgoing
from adapters.rabbitmq.connection import connection_parameters
from core.outbox_row import OutboxRow


@contextmanager
def channel_to(url: str) -> Iterator[BlockingChannel]:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        yield connection.channel()
    finally:
        if connection.is_open:
            connection.close()


def publish(url: str, exchange: str, routing_key: str, bodies: Sequence[bytes]) -> None:
    """Publish persistently and confirmed: what this returned from is in the queue."""
    persistent = pika.BasicProperties(delivery_mode=2)
    connection = ConfirmingConnection(connection_parameters(url, "test"))
    connection.open(10)
    try:
        messages = [
            Outgoing(n, exchange, routing_key, body, persistent, mandatory=True)
            for n, body in enumerate(bodies)
        ]
        assert len(connection.publish(messages, 30).confirmed) == len(bodies)
    finally:
        connection.close()


def drain(url: str, queue: str) -> list[bytes]:
    """Take all ready messages out of a queue."""
    with channel_to(url) as channel:
        found: list[bytes] = []
        for method, _, body in channel.consume(queue, auto_ack=True, inactivity_timeout=0.5):
            if method is None or body is None:
                break
            found.append(body)
        return found


def ready(url: str, queue: str) -> int:
    """The number of messages that wait in a queue, without those that a consumer holds."""
    with channel_to(url) as channel:
        return int(channel.queue_declare(queue, passive=True).method.message_count)


def consumers(url: str, queue: str) -> int:
    with channel_to(url) as channel:
        return int(channel.queue_declare(queue, passive=True).method.consumer_count)


def exists(url: str, queue: str) -> bool:
    with channel_to(url) as channel:
        try:
            channel.queue_declare(queue, passive=True)
        except ChannelClosedByBroker:
            return False
        return True


def delete_queue(url: str, queue: str) -> None:
    with channel_to(url) as channel:
        channel.queue_delete(queue)


def refusal(url: str, queue: str, arguments: dict[str, object]) -> str:
    """What the broker answers to a declaration that differs: it tells the queue's true argument."""
    with channel_to(url) as channel:
        try:
            channel.queue_declare(queue, durable=True, arguments=arguments)
        except ChannelClosedByBroker as error:
            return str(error.reply_text)
    return ""


def job_row(row_id: int, queue: str = "sync-messages") -> OutboxRow:
    return OutboxRow(row_id=row_id, queue=queue, kind=None, body=str(row_id).encode())


def job_ids(bodies: Sequence[bytes]) -> list[int]:
    return [dramatiq.Message.decode(body).args[0] for body in bodies]
