"""A broker and the relay's publisher within one process, for which nothing has to be installed."""

from collections import deque
from collections.abc import Callable, Collection, Sequence

import dramatiq
import structlog
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import QueueNotFound

from core.outbox_row import OutboxRow
from core.ports.publisher import Publisher
from core.unexpected import error_chain

log = structlog.get_logger(__name__)

DEAD_LETTERS_KEPT = 100


class EmbeddedBroker(StubBroker):
    """Dramatiq's broker in memory. Jobs that end with the process come back from Postgres, as with RabbitMQ.

    `middleware` is all there is, none of Dramatiq's own, as in `adapters.rabbitmq.broker`.
    """

    def __init__(self, middleware: Sequence[dramatiq.Middleware] = ()) -> None:
        super().__init__(list(middleware))

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 100) -> dramatiq.Consumer:
        """Consume; of dead letters only the last few are kept, for StubBroker would keep all."""
        self.dead_letters_by_queue.setdefault(queue_name, deque(maxlen=DEAD_LETTERS_KEPT))  # type: ignore[arg-type]  # Dramatiq's list, with an end
        return super().consume(queue_name, prefetch, timeout)


class EmbeddedPublisher(Publisher):
    """Publishes onto an EmbeddedBroker.

    A job goes to its queue's actor, an announcement to each of `subscribers`.
    """

    def __init__(
        self, broker: EmbeddedBroker, subscribers: Sequence[Callable[[OutboxRow], None]] = ()
    ) -> None:
        self._broker = broker
        self._subscribers = subscribers

    def publish(self, rows: Sequence[OutboxRow]) -> Collection[int]:
        return [row.row_id for row in rows if self._hand_over(row)]

    def close(self) -> None:
        pass

    def _hand_over(self, row: OutboxRow) -> bool:
        if row.queue is None:
            self._announce(row)
            return True
        try:
            job_id = int(row.body)
            self._broker.enqueue(
                dramatiq.Message[None](row.queue, row.queue, args=(job_id,), kwargs={}, options={})
            )
        except (QueueNotFound, ValueError):
            log.error("outbox_row_unknown", row=row.row_id, queue=row.queue)
            return False
        return True

    def _announce(self, row: OutboxRow) -> None:
        for subscriber in self._subscribers:
            try:
                subscriber(row)
            except Exception as error:  # noqa: BLE001 - one listener holds up no other
                # One deaf listener must not keep the outbox from moving.
                log.error("listener_failed", kind=row.kind, error_chain=error_chain(error))
