"""Middleware of the workers: what the logs say about jobs."""

import threading
import time
from collections.abc import Callable

import dramatiq
import structlog

from core.errors import CasebridgeError, UnexpectedError
from core.unexpected import error_chain

log = structlog.get_logger(__name__)


class JobLog(dramatiq.Middleware):
    """Binds queue and job id to everything that a job logs, and logs its start, end and failure.

    Our own errors are logged with their message, which is safe by rule (`core.errors`); of others only the
    type and the places in the code: their messages may quote what a client wrote. Those are given to `count`.
    """

    def __init__(self, count: Callable[[BaseException], None] = lambda _: None) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._running: dict[int, tuple[str, float]] = {}

    @property
    def actor_options(self) -> set[str]:
        """Dramatiq's own log obeys `throws`, an option it knows only if a middleware brings it."""
        return {"throws"}

    def running(self) -> list[tuple[str, float]]:
        """Return what runs now: the message, and for how many seconds."""
        now = time.monotonic()
        with self._lock:
            return [(what, now - since) for what, since in self._running.values()]

    def before_process_message(self, _broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        """Bind, and note the time."""
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(queue=message.queue_name, actor=message.actor_name)
        if len(message.args) == 1 and type(message.args[0]) is int:
            structlog.contextvars.bind_contextvars(job_id=message.args[0])
        with self._lock:
            self._running[threading.get_ident()] = (str(message), time.monotonic())
        log.debug("job_started")

    def after_process_message(
        self,
        _broker: dramatiq.Broker,
        _message: dramatiq.MessageProxy,
        *,
        result: object = None,  # noqa: ARG002 - Dramatiq's signature
        exception: BaseException | None = None,
    ) -> None:
        """Log how it went, and unbind: the next job of this thread is another firm's."""
        with self._lock:
            _, since = self._running.pop(threading.get_ident(), ("", time.monotonic()))
        seconds = round(time.monotonic() - since, 3)
        if exception is None:
            log.info("job_finished", seconds=seconds)
        elif isinstance(exception, CasebridgeError) and not isinstance(exception, UnexpectedError):
            log.warning(
                "job_failed",
                seconds=seconds,
                error=str(exception),
                reason=exception.reason,
                error_class=exception.error_class,
            )
        else:
            log.error("job_failed_unexpectedly", seconds=seconds, error_chain=error_chain(exception))
            self._count(exception)
        structlog.contextvars.clear_contextvars()
