"""The relay's publisher: windows of outbox rows, each row safe with the broker before it counts."""

import threading
from collections.abc import Collection, Sequence
from typing import Final, NoReturn

import pika
import structlog
from pika.spec import BasicProperties

from adapters.rabbitmq.backoff import Backoff
from adapters.rabbitmq.confirms import ConfirmingConnection, Outgoing, Window
from adapters.rabbitmq.connection import CONNECTION_ERRORS, meaning
from adapters.rabbitmq.job_envelope import JobEnvelope
from adapters.rabbitmq.nodes import Nodes, open_channel
from adapters.rabbitmq.topology import INTEGRATION_EXCHANGE, JOB_QUEUES, declare_on
from core.errors import CasebridgeError, ConfigurationError, TransientError
from core.outbox_row import OutboxRow
from core.reason import Reason

log = structlog.get_logger(__name__)

OPEN_WITHIN_S = 15.0
CONFIRM_WITHIN_S = 30.0
RECONNECT_FIRST_S, RECONNECT_MOST_S = 0.1, 2.0

_PERSISTENT: Final = 2


class RabbitPublisher:
    """`core.ports.publisher.Publisher` on RabbitMQ.

    A job is published as the Dramatiq message that its queue's actor expects, and must reach a queue: where
    that is gone, the row stays unconfirmed and the queue is made again. An announcement goes to
    `case-status.integration` with its kind as routing key, whether or not anybody listens.

    The connection is made by the first `publish`, in the calling process (never before a fork), and again
    by the first one after it was lost. While the broker is away each call pauses before it tries, so that no
    caller spins.
    """

    def __init__(self, amqp_url: str, *, confirm_within_s: float = CONFIRM_WITHIN_S) -> None:
        self._nodes = Nodes(amqp_url, "relay")
        self._confirm_within_s = confirm_within_s
        self._one_at_a_time = threading.Lock()
        self._closing = threading.Event()
        self._connection: ConfirmingConnection | None = None
        self._was_connected = False
        self._backoff = Backoff(RECONNECT_FIRST_S, RECONNECT_MOST_S)
        self._pause_s = 0.0

    def publish(self, rows: Sequence[OutboxRow]) -> Collection[int]:
        """Publish all rows in order, all in flight at once, and return the ids that the broker has confirmed.

        Raises TransientError when the broker is out of reach or confirms nothing in time, ConfigurationError
        when it refuses the very first connection for a reason that only a person can cure.
        """
        known = [row for row in rows if _is_known(row)]
        if not known:
            return ()
        with self._one_at_a_time:
            connection = self._connected()
            window = connection.publish(_messages(known), self._confirm_within_s)
            return self._outcome(window, known, connection.node)

    def close(self) -> None:
        """Close the connection; what was confirmed stays."""
        self._closing.set()
        with self._one_at_a_time:
            self._disconnect()

    def _connected(self) -> ConfirmingConnection:
        if self._connection is not None and self._connection.is_open:
            return self._connection
        self._disconnect()
        if self._closing.wait(self._pause_s):
            raise TransientError("the publisher is closed", reason=Reason.STOPPING)
        try:
            with open_channel(self._nodes, "the relay") as (channel, node):
                declare_on(channel, node)
        except CasebridgeError as error:
            self._give_up(error)
        connection = ConfirmingConnection(node)
        try:
            connection.open(OPEN_WITHIN_S)
        except CONNECTION_ERRORS as error:
            self._give_up(meaning(error, node, "the relay"))
        self._connection = connection
        self._was_connected = True
        return connection

    def _give_up(self, error: CasebridgeError) -> NoReturn:
        self._pause_s = self._backoff.next_s()
        if isinstance(error, ConfigurationError) and self._was_connected:
            # A broker that is starting up refuses for reasons that pass.
            raise TransientError(str(error), reason=Reason.BROKER_UNAVAILABLE) from error
        raise error

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _outcome(
        self, window: Window, rows: Sequence[OutboxRow], node: pika.URLParameters
    ) -> Collection[int]:
        if window.returned or window.refused:
            queues = {str(row.queue) for row in rows if row.row_id in window.returned}
            log.warning(
                "outbox_rows_unpublished",
                without_queue=sorted(queues),
                refused=len(window.refused),
            )
            # The next connection declares what is missing.
            self._disconnect()
        if window.lost is not None:
            self._disconnect()
            if not window.confirmed:
                self._pause_s = self._backoff.next_s()
                raise meaning(window.lost, node, "the relay") from window.lost
            log.warning(
                "broker_lost_while_publishing",
                confirmed=len(window.confirmed),
                of=len(rows),
                error_type=type(window.lost).__name__,
            )
        if window.confirmed:
            self._backoff.reset()
            self._pause_s = 0.0
        else:
            self._pause_s = self._backoff.next_s()
        return window.confirmed


def _is_known(row: OutboxRow) -> bool:
    if row.queue is None or (row.queue in JOB_QUEUES and row.body.isdigit()):
        return True
    log.error("outbox_row_unknown", row=row.row_id, queue=row.queue)
    return False


def _messages(rows: Sequence[OutboxRow]) -> list[Outgoing]:
    envelopes = {name: JobEnvelope(name) for name in {row.queue for row in rows} if name is not None}
    return [
        _announcement(row) if row.queue is None else _job(row, row.queue, envelopes[row.queue])
        for row in rows
    ]


# `message_id` names the row, so that a returned message can be told from the others.


def _job(row: OutboxRow, queue: str, envelope: JobEnvelope) -> Outgoing:
    name = str(row.row_id)
    properties = BasicProperties(delivery_mode=_PERSISTENT, message_id=name)
    return Outgoing(row.row_id, "", queue, envelope.around(row.body, name), properties, mandatory=True)


def _announcement(row: OutboxRow) -> Outgoing:
    properties = BasicProperties(
        content_type="application/cloudevents+json",
        delivery_mode=_PERSISTENT,
        message_id=str(row.row_id),
        type=row.kind,
    )
    return Outgoing(row.row_id, INTEGRATION_EXCHANGE, row.kind or "", row.body, properties, mandatory=False)
