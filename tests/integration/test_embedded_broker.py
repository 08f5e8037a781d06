"""The broker in memory: the same promises as far as one process can keep them."""

import threading
from collections.abc import Callable, Iterator

import pytest

from adapters.embedded.broker import DEAD_LETTERS_KEPT, EmbeddedBroker, EmbeddedPublisher
from core.errors import NeedsPersonError
from core.outbox_row import OutboxRow
from tests.servers.waiting import eventually
from workers.actors import register_actors
from workers.middleware import JobLog
from workers.run import JobWorker, run_worker


def job(row_id: int, queue: str = "sync-messages") -> OutboxRow:
    return OutboxRow(row_id, queue, None, b"%d" % row_id)


class Service:
    """A publisher and a worker on one broker. `handle` may be replaced."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.handle: Callable[[int], None] = self.done.append
        self.broker = EmbeddedBroker([JobLog()])
        register_actors(self.broker, dict.fromkeys(("sync-messages", "sync-cases"), self._call))
        self.publisher = EmbeddedPublisher(self.broker)
        self.stop_event = threading.Event()
        self.is_ready = threading.Event()
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        assert self.is_ready.wait(10)

    def _call(self, job_id: int) -> None:
        self.handle(job_id)

    def _run(self) -> None:
        try:
            run_worker(self.broker, threads=4, on_ready=self.is_ready.set, stop_event=self.stop_event)
        except BaseException as error:  # noqa: BLE001 - raised again by the test
            self.failure = error

    def stop(self) -> None:
        self.stop_event.set()
        self.thread.join(20)
        assert not self.thread.is_alive()
        assert self.failure is None


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.stop()


def test_jobs_are_run_each_once(service: Service) -> None:
    assert len(service.publisher.publish([job(n) for n in range(500)])) == 500
    eventually(lambda: len(service.done) == 500)
    assert sorted(service.done) == list(range(500))


@pytest.mark.parametrize(
    "failure", [ValueError("x"), NeedsPersonError("reconnect firm f1"), SystemExit(1), KeyboardInterrupt()]
)
def test_a_job_that_fails_disturbs_no_other_and_is_not_repeated(
    service: Service, failure: BaseException
) -> None:
    def handle(job_id: int) -> None:
        service.done.append(job_id)
        if job_id % 2:
            raise failure

    service.handle = handle
    service.publisher.publish([job(n) for n in range(40)])
    eventually(lambda: len(service.done) >= 40)
    service.stop()
    assert sorted(service.done) == list(range(40))


def test_long_jobs_leave_threads_for_messages(service: Service) -> None:
    gate = threading.Event()
    began: list[int] = []

    def handle(job_id: int) -> None:
        began.append(job_id)
        if job_id < 100:
            assert gate.wait(20)

    service.handle = handle
    service.publisher.publish([job(n, "sync-cases") for n in range(20)])
    eventually(lambda: len(began) == 2)
    service.publisher.publish([job(100)])
    eventually(lambda: 100 in began)
    assert len(began) == 3
    gate.set()
    eventually(lambda: len(began) == 21)


def test_a_job_for_an_unknown_queue_stays_unconfirmed() -> None:
    publisher = EmbeddedPublisher(EmbeddedBroker())
    assert list(publisher.publish([job(1, "no-such-queue"), OutboxRow(2, None, "case-closed", b"{}")])) == [2]


def test_every_listener_hears_announcements_and_a_deaf_one_stops_nothing() -> None:
    heard: list[str | None] = []

    def deaf(_row: OutboxRow) -> None:
        raise RuntimeError

    publisher = EmbeddedPublisher(EmbeddedBroker(), [deaf, lambda row: heard.append(row.kind)])
    rows = [OutboxRow(n, None, kind, b"{}") for n, kind in enumerate(["case-closed", "case-closed", "x"])]
    assert list(publisher.publish(rows)) == [0, 1, 2]
    assert heard == ["case-closed", "case-closed", "x"]


def test_dead_letters_do_not_pile_up() -> None:
    broker = EmbeddedBroker([JobLog()])
    register_actors(broker, {"sync-messages": lambda _job_id: None})
    del broker.actors["sync-messages"]  # as if the jobs were of another version
    worker = JobWorker(broker, threads=1)
    worker.start()
    EmbeddedPublisher(broker).publish([job(n) for n in range(DEAD_LETTERS_KEPT * 3)])
    eventually(lambda: broker.queues["sync-messages"].unfinished_tasks == 0)
    assert len(broker.dead_letters) == DEAD_LETTERS_KEPT
    worker.check()
    worker.stop()
