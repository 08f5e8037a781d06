"""What a worker writes into its log about jobs: ids and places, never content."""

import logging
import threading
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

import pytest
import structlog

from adapters.embedded.broker import EmbeddedBroker, EmbeddedPublisher
from core.errors import TransientError
from core.outbox_row import OutboxRow
from core.reason import Reason
from tests.servers.waiting import eventually
from workers.actors import register_actors
from workers.middleware import JobLog
from workers.run import JobWorker, WorkerBrokenError

SECRET = "my client said so"

Entries = list[MutableMapping[str, Any]]


@pytest.fixture
def entries() -> Iterator[Entries]:
    """All log entries as they would be rendered, with what is bound to their thread."""
    capture = structlog.testing.LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture.entries
    structlog.reset_defaults()


def run(handler: Callable[[int], None], *job_ids: int) -> JobLog:
    job_log = JobLog()
    broker = EmbeddedBroker([job_log])
    register_actors(broker, {"sync-messages": handler})
    worker = JobWorker(broker, threads=1)
    worker.start()
    EmbeddedPublisher(broker).publish([OutboxRow(n, "sync-messages", None, b"%d" % n) for n in job_ids])
    eventually(lambda: broker.queues["sync-messages"].unfinished_tasks == 0)
    worker.stop()
    return job_log


def test_everything_logged_by_a_job_bears_its_id_and_nothing_of_the_one_before(entries: Entries) -> None:
    def handle(job_id: int) -> None:
        if job_id == 1:
            structlog.contextvars.bind_contextvars(firm_id="f1")
        structlog.get_logger().info("inside")

    run(handle, 1, 2)
    inside = [entry for entry in entries if entry["event"] == "inside"]
    assert [(entry["job_id"], entry.get("firm_id"), entry["queue"]) for entry in inside] == [
        (1, "f1", "sync-messages"),
        (2, None, "sync-messages"),
    ]
    finished = [entry for entry in entries if entry["event"] == "job_finished"]
    assert [(entry["job_id"], entry.get("firm_id")) for entry in finished] == [(1, "f1"), (2, None)]


def test_an_expected_error_is_logged_with_its_reason(entries: Entries) -> None:
    def handle(_job_id: int) -> None:
        raise TransientError("firm f1: SmartAdvocate is busy", reason=Reason.RATE_LIMITED)

    run(handle, 1)
    (failed,) = (entry for entry in entries if entry["event"] == "job_failed")
    assert (failed["error"], failed["reason"]) == ("firm f1: SmartAdvocate is busy", "rate_limited")
    assert failed["job_id"] == 1


def test_an_unexpected_error_is_logged_by_place_and_never_by_content(
    entries: Entries, caplog: pytest.LogCaptureFixture
) -> None:
    def handle(_job_id: int) -> None:
        text = SECRET
        try:
            int(text)
        except ValueError as error:
            raise RuntimeError(f"failed on {text}") from error

    with caplog.at_level(logging.DEBUG):
        run(handle, 1)
    (failed,) = (entry for entry in entries if entry["event"] == "job_failed_unexpectedly")
    assert [link["type"] for link in failed["error_chain"]] == [
        "builtins.RuntimeError",
        "builtins.ValueError",
    ]
    assert any(
        "test_workers_log.py" in frame and "handle" in frame for frame in failed["error_chain"][0]["frames"]
    )
    assert SECRET not in str(entries)
    assert SECRET not in caplog.text


def test_what_runs_is_known_while_it_runs() -> None:
    began, gate = threading.Event(), threading.Event()
    job_log = JobLog()
    broker = EmbeddedBroker([job_log])

    def handle(_job_id: int) -> None:
        began.set()
        gate.wait(10)

    register_actors(broker, {"sync-messages": handle})
    worker = JobWorker(broker, threads=1)
    worker.start()
    EmbeddedPublisher(broker).publish([OutboxRow(7, "sync-messages", None, b"7")])
    assert began.wait(10)
    assert [what for what, _seconds in job_log.running()] == ["sync-messages(7)"]
    gate.set()
    worker.stop()
    assert job_log.running() == []


def test_a_worker_whose_thread_ended_says_so() -> None:
    broker = EmbeddedBroker([JobLog()])
    register_actors(broker, {"sync-messages": lambda _job_id: None})
    worker = JobWorker(broker, threads=2)
    worker.start()
    worker.check()
    worker.workers[0].stop()
    worker.workers[0].join(10)
    with pytest.raises(WorkerBrokenError, match="1 threads"):
        worker.check()
    worker.stop()
