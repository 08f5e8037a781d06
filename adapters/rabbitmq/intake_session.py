"""One connection's worth of intake: from its first delivery until it is lost or stopped."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

import pika
import structlog
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import Basic, BasicProperties

from adapters.rabbitmq.backoff import Backoff
from adapters.rabbitmq.event_message import incoming
from adapters.rabbitmq.topology import EVENT_QUEUES
from core.complaint import Complaint
from core.errors import FieldFault, TransientError
from core.event import EventKind
from core.foreign import is_an_end
from core.reason import Reason
from core.usecases.receive_events import Incoming

log = structlog.get_logger(__name__)

IDLE_POLL_S = 0.2
"""How long a stop may go unnoticed."""

Receive = Callable[[Sequence[Incoming]], Sequence[bool]]


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """Events a batch; seconds the first may wait for more; unacknowledged events a queue.

    A queue from which nothing came for `renew_after_s` seconds is consumed anew.
    """

    batch: int
    max_wait_s: float
    prefetch: int
    renew_after_s: float


class SessionEndedError(Exception):
    """The broker ended consuming; the message says how."""


class IntakeSession:
    """Collects deliveries and settles them. Starts to consume when it is made."""

    def __init__(
        self,
        connection: pika.BlockingConnection,
        receive: Receive,
        settings: SessionSettings,
        retry: Backoff,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._connection = connection
        self._receive = receive
        self._settings = settings
        self._retry = retry
        self._is_stopping = is_stopping
        self._complaint = Complaint()
        # Deliveries in order of arrival, hence of their tags: both queues share one channel.
        self._waiting: deque[tuple[int, Incoming]] = deque()
        self._ended: str | None = None
        self._heard_at: dict[str, float] = {}
        self._consume()

    def _consume(self) -> None:
        channel = self._channel = self._connection.channel()
        channel.basic_qos(prefetch_count=self._settings.prefetch)
        channel.add_on_cancel_callback(self._on_cancel)
        for queue in EVENT_QUEUES:
            self._heard_at[queue] = time.monotonic()
            channel.basic_consume(queue, partial(self._on_delivery, EventKind(queue)))

    def run(self) -> None:
        """Settle batches until the intake stops. Raises SessionEndedError or pika's errors when lost."""
        while not self._is_stopping():
            self._collect()
            if self._waiting:
                self._settle_batch()

    def _collect(self) -> None:
        """Return with a full batch, or when its first has waited long enough, or soon when all is quiet."""
        if not self._waiting:
            self._listen(IDLE_POLL_S)
        if not self._waiting:
            if time.monotonic() - min(self._heard_at.values()) > self._settings.renew_after_s:
                self._renew()
            return
        deadline = time.monotonic() + self._settings.max_wait_s
        while len(self._waiting) < self._settings.batch and (left := deadline - time.monotonic()) > 0:
            self._listen(left)

    def _renew(self) -> None:
        """Consume anew after a silence: it may be that of a quorum queue deleted and made again.

        Where both happen within milliseconds RabbitMQ (seen with 3.10) tells the consumer nothing, counts it
        as the new queue's, and delivers to it what never arrives.
        """
        self._channel.close()
        # What came in between is returned by the closing and comes again.
        self._waiting.clear()
        self._consume()

    def _listen(self, seconds: float) -> None:
        """Take in what the broker sends, and answer heartbeats, until something came or the time is up."""
        self._connection.process_data_events(seconds)
        if self._ended is None and not self._channel.is_open:
            # For example the broker's consumer_timeout, when Postgres was away for half an hour.
            self._ended = "the broker closed the channel"
        if self._ended is not None:
            raise SessionEndedError(self._ended)

    def _on_delivery(
        self,
        kind: EventKind,
        channel: BlockingChannel,
        method: Basic.Deliver,
        properties: BasicProperties,
        body: bytes,
    ) -> None:
        if channel is not self._channel:
            return  # a delivery of a channel closed since: its tag now means another one
        self._heard_at[kind.value] = time.monotonic()
        self._waiting.append((method.delivery_tag, _read(kind, properties, body)))

    def _on_cancel(self, _frame: object) -> None:
        self._ended = "a queue was deleted or moved, and is declared again"

    def _settle_batch(self) -> None:
        batch = list(islice(self._waiting, self._settings.batch))
        try:
            verdicts = self._judge([incoming for _, incoming in batch])
        except TransientError as error:
            self._hold(error)
            return
        self._retry.reset()
        self._complaint.over()
        for _ in batch:
            self._waiting.popleft()
        # Rejections first: then one acknowledgement of all tags up to the last good one settles the rest.
        accepted = 0
        for (tag, _), is_accepted in zip(batch, verdicts, strict=True):
            if is_accepted:
                accepted = tag
            else:
                self._channel.basic_reject(tag, requeue=False)
        if accepted:
            self._channel.basic_ack(accepted, multiple=True)

    def _judge(self, events: Sequence[Incoming]) -> Sequence[bool]:
        try:
            return self._ask(events)
        except TransientError:
            raise
        except BaseException as error:  # one event's defect holds up no other event
            if is_an_end(error):
                raise
            log.error("batch_not_recorded", **_about(error, events))
        return self._judge_each(events)

    def _judge_each(self, events: Sequence[Incoming]) -> list[bool]:
        """Find the events that make `receive` fail. If all do, it is an outage and all wait."""
        verdicts: list[bool] = []
        failed = 0
        last = ""
        for event in events:
            try:
                verdicts.extend(self._ask([event]))
            except TransientError:
                raise
            except BaseException as error:  # one event's defect holds up no other event
                if is_an_end(error):
                    raise
                failed += 1
                last = type(error).__name__
                verdicts.append(False)
                log.error("event_not_recorded", **_about(error, [event]))
        if failed == len(events):
            raise TransientError(f"none of {failed} events could be recorded ({last}); all are kept")
        return verdicts

    def _ask(self, events: Sequence[Incoming]) -> Sequence[bool]:
        verdicts = self._receive(events)
        if len(verdicts) != len(events):
            raise ValueError(f"receive returned {len(verdicts)} verdicts for {len(events)} events")
        return verdicts

    def _hold(self, error: TransientError) -> None:
        """Wait with the batch unacknowledged; more may join it, which tells one bad event from an outage.

        The channel stays open, because each return to the queue counts against the delivery limit.
        """
        pause_s = self._retry.next_s()
        if self._complaint.is_news(f"{error.reason}: {error}"):
            log.warning(
                "events_waiting",
                reason=error.reason,
                error=str(error),
                waiting=len(self._waiting),
                next_attempt_in_s=round(pause_s, 1),
            )
        until = time.monotonic() + pause_s
        while not self._is_stopping() and (left := until - time.monotonic()) > 0:
            self._listen(min(left, IDLE_POLL_S))


def _read(kind: EventKind, properties: BasicProperties, body: bytes) -> Incoming:
    """Return the event. One whose properties nobody foresaw is kept as it came, and holds up no other."""
    try:
        return incoming(kind, properties, body)
    except BaseException as error:  # as in `_judge`
        if is_an_end(error):
            raise
        fault = FieldFault("headers", "the message's properties cannot be read", Reason.MALFORMED)
        event = Incoming(kind.value, body, kind, fault)
        log.error("event_properties_not_read", **_about(error, [event]))
        return event


def _about(error: BaseException, events: Sequence[Incoming]) -> dict[str, object]:
    """Describe a failure without its message, which may quote the event."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    queues = sorted({event.channel for event in events})
    return {"error_type": type(error).__name__, "where": where, "queues": queues, "events": len(events)}
