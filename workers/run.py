"""A worker: runs jobs in this process, with several threads, until it is told to stop."""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import dramatiq
import structlog

from workers.middleware import JobLog

_ENDING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

log = structlog.get_logger(__name__)

IDLE_WAKE_MS = 50
POLL_S = 0.1
STOP_WITHIN_S = 40.0
"""Longer than a job's slice of about 30 s (design, section 9), shorter than a container's grace period."""
TOO_LONG_S = 300.0

# The part of the threads that one queue may hold at most. Jobs of these queues take long; what is left stays
# free for messages, which are due within two minutes.
SHARES: Final[Mapping[str, float]] = {
    "sync-documents": 0.25,
    "import-cases": 0.25,
    "sync-cases": 0.5,
    "bulk-operations": 0.25,
}


class WorkerBrokenError(Exception):
    """A thread of the worker ended by itself; the process must be started anew by its supervisor."""


class JobWorker(dramatiq.Worker):
    """Dramatiq's worker with a limit for each queue, and without consumers of delayed messages.

    A queue's limit is how many of its messages are here at once, waiting or in work: none waits behind a slow
    one while another process is idle.
    """

    def __init__(
        self, broker: dramatiq.Broker, *, threads: int, shares: Mapping[str, float] = SHARES
    ) -> None:
        super().__init__(broker, worker_threads=threads, worker_timeout=IDLE_WAKE_MS)
        self._shares = shares

    def check(self) -> None:
        """Raise WorkerBrokenError if a thread has ended."""
        dead = [t.name for t in (*self.workers, *self.consumers.values()) if not t.is_alive()]
        if dead:
            raise WorkerBrokenError(f"{len(dead)} threads of the worker have ended: {', '.join(dead)}")

    def _add_consumer(self, queue_name: str, *, delay: bool = False) -> None:
        if delay:
            return
        self.queue_prefetch = max(1, int(self.worker_threads * self._shares.get(queue_name, 1.0)))
        super()._add_consumer(queue_name)


def run_worker(
    broker: dramatiq.Broker,
    *,
    threads: int,
    on_ready: Callable[[], object] = lambda: None,
    stop_event: threading.Event,
    stop_within_s: float = STOP_WITHIN_S,
) -> None:
    """Work on jobs with `threads` threads until `stop_event` is set, or a signal asks for an end.

    A signal sets `stop_event` too, so that use cases which poll it end their slices early. Then running jobs
    have `stop_within_s` seconds; those that still run, and all that wait, go back to the broker. Signals are
    handled only if this is the main thread. Raises WorkerBrokenError if the worker is broken beyond repair.
    """
    with _signalled() as is_signalled:
        worker = JobWorker(broker, threads=threads)
        worker.start()
        log.info("worker_ready", threads=threads, queues=sorted(broker.get_declared_queues()))
        try:
            on_ready()
            _watch(worker, lambda: stop_event.is_set() or is_signalled())
        finally:
            stop_event.set()
            log.info("worker_stopping", running=len(_running(broker)))
            worker.stop(timeout=int(stop_within_s * 1000))
            broker.close()
            log.info("worker_stopped", left_running=len(_running(broker)))


def _watch(worker: JobWorker, is_over: Callable[[], bool]) -> None:
    complained: set[str] = set()
    while not is_over():
        worker.check()
        running = _running(worker.broker)
        slow = {what for what, seconds in running if seconds > TOO_LONG_S}
        for what in sorted(slow - complained):
            log.error("job_overdue", job=what, limit_s=TOO_LONG_S)
        complained = slow
        time.sleep(POLL_S)


def _running(broker: dramatiq.Broker) -> list[tuple[str, float]]:
    return [job for m in broker.middleware if isinstance(m, JobLog) for job in m.running()]


@contextmanager
def _signalled() -> Iterator[Callable[[], bool]]:
    """Note what asks for an end. A flag, because setting an Event in a handler can wait for its own lock."""
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = {number: signal.getsignal(number) for number in _ENDING}
    if before.get(signal.SIGHUP) is signal.SIG_IGN:  # started to outlive its terminal
        del before[signal.SIGHUP]
    for number in before:
        signal.signal(number, lambda caught, _frame: received.append(caught))
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
