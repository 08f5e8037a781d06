"""Dramatiq's RabbitMQ consumer, hardened against messages that would hurt a worker."""

import time
from typing import Any

import dramatiq
import structlog
from dramatiq.brokers.rabbitmq import _RabbitmqConsumer
from dramatiq.errors import ConnectionClosed

from adapters.rabbitmq.connection import CONNECTION_ERRORS

log = structlog.get_logger(__name__)


class JobConsumer(_RabbitmqConsumer):
    """Lets jobs through, dead-letters everything else, and settles a message only where it came from.

    Dramatiq trusts what is in its queues: a message that names another queue ends the thread that worked on
    it, one with options may hold a place for years or raise inside the error handling, and one whose actor
    this version does not know is dead-lettered with a traceback. Whatever is set aside here goes to
    `casebridge.rejected-jobs`; the job itself is a row in Postgres and is published again.
    """

    def __init__(
        self, broker: Any, queue_name: str, prefetch: int, timeout: int, *, renew_after_s: float
    ) -> None:
        super().__init__(broker, queue_name, prefetch, timeout)  # type: ignore[no-untyped-call]  # Dramatiq's
        self._prefetch = prefetch
        self._timeout_s = timeout / 1000
        self._renew_after_s = renew_after_s
        self._heard_at = time.monotonic()

    def __next__(self) -> dramatiq.MessageProxy | None:
        if not self.known_tags and time.monotonic() - self._heard_at > self._renew_after_s:
            self._renew()
        message: dramatiq.MessageProxy | None = super().__next__()  # type: ignore[no-untyped-call]  # Dramatiq's
        if message is None:
            return None
        self._heard_at = time.monotonic()
        reason = self._objection(message)
        if reason is not None:
            log.error("job_message_set_aside", queue=self.queue_name, reason=reason)
            super().nack(message)  # type: ignore[no-untyped-call]  # Dramatiq's
            return None
        message.consumer = self  # type: ignore[attr-defined]  # Dramatiq does so itself
        return message

    def close(self) -> None:
        """Close channel and connection. Raises ConnectionClosed alone.

        Dramatiq closes a consumer that failed, to begin another; whatever else comes up then ends the thread,
        and so the worker: what the socket says, and what pika trips over where its end has come already.
        """
        try:
            super().close()  # type: ignore[no-untyped-call]  # Dramatiq's
        except ConnectionClosed:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the thread begins another consumer
            log.warning("consumer_not_closed", queue=self.queue_name, error=type(error).__name__)
            raise ConnectionClosed(error) from None

    def ack(self, message: dramatiq.MessageProxy) -> None:
        """Acknowledge, unless the connection it came over is gone: the tag now means another message."""
        if self._is_own(message):
            super().ack(message)  # type: ignore[no-untyped-call]  # Dramatiq's

    def nack(self, message: dramatiq.MessageProxy) -> None:
        """Dead-letter, with the same exception."""
        if self._is_own(message):
            super().nack(message)  # type: ignore[no-untyped-call]  # Dramatiq's

    def _renew(self) -> None:
        """Consume anew after a silence: it may be that of a quorum queue deleted and made again.

        Where both happen within milliseconds RabbitMQ (seen with 3.10) tells the consumer nothing, counts it
        as the new queue's, and delivers to it what never arrives.
        """
        try:
            self.channel.close()
            self.channel = self.connection.channel()
            self.channel.basic_qos(prefetch_count=self._prefetch)
            self.iterator = self.channel.consume(self.queue_name, inactivity_timeout=self._timeout_s)
        except CONNECTION_ERRORS as error:
            raise ConnectionClosed(error) from None
        self._heard_at = time.monotonic()

    def _is_own(self, message: dramatiq.MessageProxy) -> bool:
        if getattr(message, "consumer", None) is self:
            return True
        log.info("job_ended_without_connection", queue=self.queue_name)
        return False

    def _objection(self, message: dramatiq.MessageProxy) -> str | None:
        if message.queue_name != self.queue_name:
            return "it names another queue"
        if message.options != {}:
            return "it has options, and a job has none"
        if message.kwargs != {} or len(message.args) != 1 or type(message.args[0]) is not int:
            return "its argument is no job id"
        if message.actor_name not in self.broker.actors:
            return "this version knows no such job; a newer one may"
        return None
