"""Exchanges and queues: what they are called, how they are made, and why so (design, section 5).

All queues are quorum queues with their delivery limit said explicitly: its default differs between RabbitMQ
3.x (none) and 4.x (20), and a message that kills its consumer would else come back for ever, or vanish.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from adapters.rabbitmq.connection import meaning
from adapters.rabbitmq.nodes import Nodes, open_channel
from core.errors import ConfigurationError
from core.event import EventKind
from core.schedule import JobName

EVENTS_EXCHANGE: Final = "case-status.events"
INTEGRATION_EXCHANGE: Final = "case-status.integration"
REJECTED: Final = "case-status.rejected"  # an exchange and its one queue
REJECTED_JOBS: Final = "casebridge.rejected-jobs"

EVENT_QUEUES: Final = tuple(kind.value for kind in EventKind)
JOB_QUEUES: Final = tuple(name.value for name in JobName)

# Every broker restart and every end of an intake counts as a delivery of what it held: generous for events,
# which exist nowhere else before they are recorded; small for jobs, whose rows are in Postgres.
EVENT_DELIVERY_LIMIT: Final = 100
JOB_DELIVERY_LIMIT: Final = 5
# For queues that only people read; "no limit" cannot be said alike on 3.10 and 4.x.
PRACTICALLY_NO_LIMIT: Final = 1_000_000
REJECTED_JOBS_KEPT: Final = 10_000

Arguments = Mapping[str, Any]

EVENT_QUEUE_ARGUMENTS: Final[Arguments] = {
    "x-queue-type": "quorum",
    "x-delivery-limit": EVENT_DELIVERY_LIMIT,
    "x-dead-letter-exchange": REJECTED,
    # Without this a dead letter is published unconfirmed. It demands this overflow setting.
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
    # One intake at a time takes a queue's events, the others stand by: two would record the messages of one
    # case in an order of their own, and a newer one could be delivered before an older one is known.
    "x-single-active-consumer": True,
}
JOB_QUEUE_ARGUMENTS: Final[Arguments] = {
    "x-queue-type": "quorum",
    "x-delivery-limit": JOB_DELIVERY_LIMIT,
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": REJECTED_JOBS,
}
REJECTED_ARGUMENTS: Final[Arguments] = {
    "x-queue-type": "quorum",
    "x-delivery-limit": PRACTICALLY_NO_LIMIT,
}
REJECTED_JOBS_ARGUMENTS: Final[Arguments] = {
    "x-queue-type": "quorum",
    "x-delivery-limit": PRACTICALLY_NO_LIMIT,
    "x-max-length": REJECTED_JOBS_KEPT,
}

_QUEUES: Final[Mapping[str, Arguments]] = {
    REJECTED: REJECTED_ARGUMENTS,
    REJECTED_JOBS: REJECTED_JOBS_ARGUMENTS,
    **dict.fromkeys(EVENT_QUEUES, EVENT_QUEUE_ARGUMENTS),
    **dict.fromkeys(JOB_QUEUES, JOB_QUEUE_ARGUMENTS),
}
_EXCHANGES: Final[Mapping[str, str]] = {
    REJECTED: "fanout",
    EVENTS_EXCHANGE: "topic",
    INTEGRATION_EXCHANGE: "topic",
}


def declare_topology(amqp_url: str) -> None:
    """Make everything that is missing on the broker; what is there as it should be stays as it is.

    Raises ConfigurationError naming the queue or exchange that exists with other properties, or the refused
    log-in; TransientError when the broker is out of reach.
    """
    with open_channel(Nodes(amqp_url, "topology"), "exchanges and queues") as (channel, node):
        declare_on(channel, node)


def declare_on(channel: BlockingChannel, parameters: pika.URLParameters) -> None:
    """Do the same over a channel that the caller has; other errors than ConfigurationError are pika's."""
    for name, kind in _EXCHANGES.items():
        with _naming(f"exchange {name!r}", parameters):
            channel.exchange_declare(name, exchange_type=kind, durable=True)
    for name, arguments in _QUEUES.items():
        _declare_queue(channel, name, arguments, parameters)
    channel.queue_bind(REJECTED, REJECTED)
    for name in EVENT_QUEUES:
        channel.queue_bind(name, EVENTS_EXCHANGE, routing_key=name)


def declare_job_queue(channel: BlockingChannel, name: str, parameters: pika.URLParameters) -> None:
    """Make one job queue and the one its dead letters go to."""
    _declare_queue(channel, REJECTED_JOBS, REJECTED_JOBS_ARGUMENTS, parameters)
    _declare_queue(channel, name, JOB_QUEUE_ARGUMENTS, parameters)


def _declare_queue(
    channel: BlockingChannel, name: str, arguments: Arguments, parameters: pika.URLParameters
) -> None:
    with _naming(f"queue {name!r}", parameters):
        channel.queue_declare(name, durable=True, arguments=dict(arguments))


@contextmanager
def _naming(what: str, parameters: pika.URLParameters) -> Iterator[None]:
    """Turn a refusal that only a person can cure into a ConfigurationError that names the thing."""
    try:
        yield
    except ChannelClosedByBroker as error:
        found = meaning(error, parameters, what)
        if isinstance(found, ConfigurationError):
            raise found from error
        raise
