"""Relays, intakes and workers at work in threads, and what they were given."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

from adapters.rabbitmq.broker import make_broker
from adapters.rabbitmq.intake import Intake
from adapters.rabbitmq.publisher import RabbitPublisher
from adapters.rabbitmq.topology import EVENTS_EXCHANGE, JOB_QUEUES
from core.errors import TransientError
from core.usecases.receive_events import Incoming
from tests.integration.rabbitmq_support import job_row, publish
from workers.actors import register_actors
from workers.middleware import JobLog
from workers.run import run_worker

Receive = Callable[[Sequence[Incoming]], Sequence[bool]]


class Relay:
    """Publishes rows window by window until all are confirmed, as the scheduler does, in a thread.

    With `until_lost` there are further rows until it has had a second connection.
    """

    def __init__(
        self, publisher: RabbitPublisher, rows: int, window: int = 250, *, until_lost: bool = False
    ) -> None:
        self.open = set(range(1, rows + 1))
        self.rows = rows
        self.attempts = 0
        self.connections: list[object] = []
        self._until_lost = until_lost
        self._window = window
        self._publisher = publisher
        self._deadline = time.monotonic() + 60
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def finish(self) -> None:
        self.thread.join(70)
        assert not self.thread.is_alive()
        assert self.open == set()

    def _run(self) -> None:
        while (self.open or self._is_to_be_lost()) and time.monotonic() < self._deadline:
            if not self.open:
                self.rows += 1
                self.open.add(self.rows)
            self.attempts += 1
            try:
                rows = [job_row(n) for n in sorted(self.open)[: self._window]]
                self.open -= set(self._publisher.publish(rows))
            except TransientError:
                continue  # without a pause: the publisher must not let its caller spin
            if self._publisher._connection not in self.connections:
                self.connections.append(self._publisher._connection)

    def _is_to_be_lost(self) -> bool:
        return self._until_lost and len(self.connections) < 2


class Recorder:
    """Takes what an intake hands over. `fail` may raise, or say which event is rejected."""

    def __init__(self) -> None:
        self.batches: list[list[Incoming]] = []
        self.calls: list[float] = []
        self.fail: Receive = lambda batch: [True] * len(batch)

    def __call__(self, batch: Sequence[Incoming]) -> Sequence[bool]:
        self.calls.append(time.monotonic())
        verdicts = self.fail(batch)
        self.batches.append(list(batch))
        return verdicts

    @property
    def bodies(self) -> list[bytes]:
        return [event.body for batch in self.batches for event in batch]


class Running:
    """An intake in a thread."""

    def __init__(self, url: str, receive: Receive, renew_after_s: float = 60.0) -> None:
        self.ready = 0
        self.intake = Intake(url, receive, on_ready=self._count, renew_after_s=renew_after_s)
        self.thread = threading.Thread(target=self.intake.run, daemon=True)
        self.thread.start()

    def _count(self) -> None:
        self.ready += 1

    def stop(self) -> None:
        self.intake.stop()
        self.thread.join(30)
        assert not self.thread.is_alive()


class Work:
    """Handlers that note what they were given, and a worker in a thread that calls them."""

    def __init__(self, url: str, threads: int = 4, renew_after_s: float = 60.0) -> None:
        self.done: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self.running: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.stop_event = threading.Event()
        self.broker = make_broker(url, [JobLog()], renew_after_s=renew_after_s)
        register_actors(self.broker, {name: self._handler(name) for name in JOB_QUEUES})
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self._run, args=(threads,), daemon=True)
        self.thread.start()

    def _run(self, threads: int) -> None:
        try:
            run_worker(self.broker, threads=threads, stop_event=self.stop_event, stop_within_s=10)
        except BaseException as error:  # noqa: BLE001 - raised again by the test
            self.failure = error

    def _handler(self, name: str) -> Callable[[int], None]:
        def handle(job_id: int) -> None:
            with self._lock:
                self.running[name] += 1
                self.most[name] = max(self.most[name], self.running[name])
            self.gate.wait(20)
            with self._lock:
                self.running[name] -= 1
                self.done.append(job_id)

        return handle

    def stop(self) -> None:
        self.gate.set()
        self.stop_event.set()
        self.thread.join(40)
        assert not self.thread.is_alive()
        assert self.failure is None


def send(url: str, bodies: Sequence[bytes], queue: str = "message-sent") -> None:
    publish(url, EVENTS_EXCHANGE, queue, bodies)


def numbered(first: int, last: int) -> list[bytes]:
    return [b"%d" % n for n in range(first, last + 1)]
