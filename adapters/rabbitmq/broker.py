"""The Dramatiq broker of the jobs: quorum queues, confirms, and no messages that Dramatiq itself delays.

A job message carries an id. Its truth is a row in Postgres, which is published again while it waits: that is
why a message may be dead-lettered here without anything being lost.
"""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NoReturn

import dramatiq
import pika
import structlog
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.common import q_name
from dramatiq.errors import ConnectionClosed

from adapters.rabbitmq.job_consumer import JobConsumer
from adapters.rabbitmq.nodes import Nodes, open_channel
from adapters.rabbitmq.topology import JOB_QUEUE_ARGUMENTS, declare_job_queue
from core.complaint import Complaint
from core.errors import CasebridgeError, ConfigurationError

log = structlog.get_logger(__name__)


RENEW_AFTER_S = 60.0
# Of those who consume jobs. A worker that stands still keeps what it was given until two of them are missed;
# its claims are others' after 15 s (ADR 97), and the jobs that lead to them should not be kept much longer.
HEARTBEAT_S = 10


def make_broker(
    amqp_url: str, middleware: Sequence[dramatiq.Middleware] = (), *, renew_after_s: float = RENEW_AFTER_S
) -> dramatiq.Broker:
    """Make the broker; nothing is connected until it is used, so that it may be made before a fork.

    `middleware` is all there is: none of Dramatiq's own. Retries are rows in Postgres, time limits are the
    use cases' own (an asynchronous exception in the middle of a request would leave its outcome unknown), and
    age limits would drop jobs. A consumer that heard nothing for `renew_after_s` begins anew, for which see
    JobConsumer. Raises ConfigurationError if the URL is none.
    """
    return JobBroker(amqp_url, middleware, renew_after_s)


class JobBroker(RabbitmqBroker):
    """RabbitmqBroker with our queues. What is overridden is held in place by a test, for it is not public."""

    def __init__(
        self, amqp_url: str, middleware: Sequence[dramatiq.Middleware], renew_after_s: float = RENEW_AFTER_S
    ) -> None:
        self._nodes = Nodes(amqp_url, "worker", heartbeat_s=HEARTBEAT_S)
        super().__init__(url=self._nodes.urls[0], confirm_delivery=True, middleware=list(middleware))
        self._renew_after_s = renew_after_s
        self._complaint, self._one_at_a_time = Complaint(), threading.Lock()

    @property
    def parameters(self) -> list[pika.URLParameters]:
        """The nodes, in the order in which a connection is to try them: pika does."""
        return self._nodes.in_turn()

    @parameters.setter
    def parameters(self, dramatiqs_own: object) -> None:
        """Leave what Dramatiq makes of the first address: it lacks the heartbeat and the limits."""

    @property
    def consumer_class(self) -> Callable[..., JobConsumer]:
        """The consumer that lets only well-formed jobs through."""
        return partial(JobConsumer, renew_after_s=self._renew_after_s)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> dramatiq.Consumer:
        """Start to consume, declaring the queue again: it may have been deleted since."""
        self.queues_pending.add(queue_name)
        return super().consume(queue_name, prefetch, timeout)

    def declare_queue(self, queue_name: str, *, ensure: bool = False) -> None:
        """Note a queue, without the delay queue that Dramatiq would give it."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.queues_pending.add(queue_name)
            self.emit_after("declare_queue", queue_name)
        if ensure:
            self._ensure_queue(queue_name)

    def enqueue(self, message: dramatiq.Message[Any], *, delay: int | None = None) -> dramatiq.Message[Any]:
        """Enqueue a message at once. Delays are rows in Postgres: ValueError if one is asked for."""
        if delay is not None:
            raise ValueError("jobs are delayed by rows in Postgres (run_at), not by the broker")
        return super().enqueue(message)

    def _build_queue_arguments(self, queue_name: str) -> dict[str, Any]:  # noqa: ARG002 - Dramatiq's signature
        return dict(JOB_QUEUE_ARGUMENTS)

    def _ensure_queue(self, canonical_queue_name: str) -> None:
        """Declare over a connection of its own: Dramatiq's would stay open and idle as long as the thread."""
        name = q_name(canonical_queue_name)
        if name not in self.queues_pending:
            return
        try:
            with open_channel(self._nodes, f"queue {name!r}") as (channel, node):
                declare_job_queue(channel, name, node)
        except CasebridgeError as error:
            self._refuse(error)
        with self._one_at_a_time:
            away_s = self._complaint.over()
        if away_s is not None:
            log.info("broker_back", after_s=round(away_s, 1))
        self.queues_pending.discard(name)

    def _refuse(self, found: CasebridgeError) -> NoReturn:
        if isinstance(found, ConfigurationError):
            log.error("job_queue_unusable", error=str(found))
        else:  # once for all queues, each of which tries again every few seconds
            with self._one_at_a_time:
                is_news = self._complaint.is_news("RabbitMQ")
            if is_news:
                log.warning("broker_away", reason=found.reason, detail=str(found))
        raise ConnectionClosed(found) from found
