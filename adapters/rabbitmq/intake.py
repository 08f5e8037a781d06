"""Intake: takes upstream events from their queues in batches, and acknowledges what was recorded."""

import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from adapters.rabbitmq.backoff import Backoff
from adapters.rabbitmq.connection import CONNECTION_ERRORS, meaning
from adapters.rabbitmq.intake_session import IntakeSession, Receive, SessionEndedError, SessionSettings
from adapters.rabbitmq.nodes import Nodes
from adapters.rabbitmq.odd_headers import tolerate_odd_headers
from adapters.rabbitmq.topology import declare_on
from core.complaint import AGAIN_AFTER_S, Complaint
from core.errors import CasebridgeError, ConfigurationError

log = structlog.get_logger(__name__)

BATCH = 200
MAX_WAIT_S = 0.01  # a flood fills a batch within that time; a single message must not wait for company
PREFETCHED_BATCHES = 3
RECONNECT_FIRST_S, RECONNECT_MOST_S = 0.2, 10.0
RETRY_FIRST_S, RETRY_MOST_S = 0.5, 30.0
RENEW_AFTER_S = 60.0
STOP_POLL_S = 0.1
_QUEUES = "the upstream queues"


class Intake:
    """Consumes both upstream queues until it is stopped, through whatever happens to the broker.

    `receive` gets up to `batch` events, in order of arrival, as soon as there are so many or the first has
    waited `max_wait_s` seconds. It returns a truth an event: True is acknowledged, False goes to
    `case-status.rejected`. If it raises TransientError nothing is acknowledged and the events are offered
    again after a growing pause; an event that alone makes it fail is rejected, so that it blocks nobody.

    An event is acknowledged only after `receive` returned: it may come twice, never not at all.
    A queue that was silent for `renew_after_s` is consumed anew (see IntakeSession). `on_ready` is called
    whenever consuming starts, or starts again.
    """

    def __init__(
        self,
        amqp_url: str,
        receive: Receive,
        *,
        batch: int = BATCH,
        max_wait_s: float = MAX_WAIT_S,
        renew_after_s: float = RENEW_AFTER_S,
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        tolerate_odd_headers()
        self._nodes = Nodes(amqp_url, "intake")
        self._receive = receive
        self._settings = SessionSettings(batch, max_wait_s, batch * PREFETCHED_BATCHES, renew_after_s)
        self._on_ready = on_ready
        self._stopping = False
        self._was_ready = False
        # Once more after the first attempts: a broker that only restarts is back by then.
        self._complaint = Complaint(again_after_s=(5.0, *AGAIN_AFTER_S))

    def run(self) -> None:
        """Consume until `stop` is called.

        Raises ConfigurationError where the broker refuses the log-in or a queue's properties before consuming
        has ever begun; later, such an error is logged and tried again like any other.
        """
        reconnect = Backoff(RECONNECT_FIRST_S, RECONNECT_MOST_S)
        retry = Backoff(RETRY_FIRST_S, RETRY_MOST_S)
        while not self._stopping:
            try:
                self._consume(reconnect, retry)
            except SessionEndedError as error:
                self._pause(reconnect, str(error))
            except CasebridgeError as error:
                if isinstance(error, ConfigurationError) and not self._was_ready:
                    raise
                self._pause(reconnect, str(error))

    def stop(self) -> None:
        """End `run` after the batch in hand; what is unacknowledged goes back to the queue.

        May be called from any thread and from a signal handler: it takes no lock.
        """
        self._stopping = True

    def _consume(self, reconnect: Backoff, retry: Backoff) -> None:
        connection, node = self._nodes.connect(_QUEUES)
        try:
            declare_on(connection.channel(), node)
            session = IntakeSession(connection, self._receive, self._settings, retry, lambda: self._stopping)
            reconnect.reset()
            self._was_ready = True
            self._complaint.over()
            log.info("intake_consuming", host=node.host, port=node.port)
            self._on_ready()
            session.run()
        except CONNECTION_ERRORS as error:
            raise meaning(error, node, _QUEUES) from error
        finally:
            with suppress(*CONNECTION_ERRORS):
                connection.close()

    def _pause(self, backoff: Backoff, reason: str) -> None:
        pause_s = backoff.next_s()
        if self._complaint.is_news(reason):
            log.warning("intake_not_consuming", reason=reason, next_attempt_in_s=round(pause_s, 1))
        until = time.monotonic() + pause_s
        while not self._stopping and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, STOP_POLL_S))
