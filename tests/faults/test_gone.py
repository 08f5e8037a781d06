"""A worker that dies or stands still, with the product's own times: what it held goes on within the promised
seconds, and nothing is lost or there twice (ADR 97).
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
import pytest

from core.message import reference_mark
from tests.deployment import FIRM, Deployment, expected_marks
from tests.servers import Processes
from tests.servers.processes import RunningProcess
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

GONE_WITHIN_S = 20.0
NOTES_WITHIN_S, NOTES_MEDIAN_S = 75.0, 25.0
DOCUMENTS_WITHIN_S = 105.0
MESSAGES, DOCUMENTS = "message-sent", "document-uploaded"
# The product's own.
PATIENT = {"CASEBRIDGE_CALL_LIMIT_S": "30", "CASEBRIDGE_SETTLE_S": "45", "CASEBRIDGE_SLICE_S": "20"}


@pytest.fixture
def service(processes: Processes, migrated_database_url: str, amqp_url: str, tmp_path: Path) -> Deployment:
    """A connected firm with its cases imported; intake and scheduler run, and one worker."""
    made = Deployment(processes, migrated_database_url, amqp_url, tmp_path, **PATIENT)
    made.sandbox("--cases", "60")
    made.up(workers=0)
    return made


@pytest.fixture
def doomed(service: Deployment) -> RunningProcess:
    """A worker, with the firm's cases imported."""
    worker = service.worker()
    service.connect()
    service.import_cases()
    return worker


@contextmanager
def store(service: Deployment) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(service.database_url, autocommit=True) as connection:
        yield connection


def process_id(service: Deployment) -> str:
    """The number of the only worker there is."""
    with store(service) as connection:
        rows = connection.execute(
            "select process_id::text from processes where kind = 'worker' and gone_at is null"
        ).fetchall()
    [(found,)] = rows
    assert isinstance(found, str)
    return found


def held_by(service: Deployment, process: str, kind: str = MESSAGES) -> list[str]:
    """The subject ids of what the process has claimed of a kind and not recorded."""
    with store(service) as connection:
        return [
            subject
            for (subject,) in connection.execute(
                "select subject_id from deliveries join lanes using (firm_id, kind, case_integration_id) "
                "where state = 'sending' and split_part(owner, '/', 1) = %s and kind = %s",
                [process, kind],
            )
        ]


def jobs_of(service: Deployment, process: str) -> list[Any]:
    with store(service) as connection:
        return connection.execute(
            "select job_id from jobs where state = 'running' and split_part(owner, '/', 1) = %s", [process]
        ).fetchall()


def seconds_after(service: Deployment, killed_at: datetime, subjects: list[str]) -> list[float]:
    """How long after the kill each of these notes came; 0 where it was there before."""
    notes = service.ask("report")["notes"]["firm1"]
    came = {
        str(note["mark"]).rpartition(" ")[2]: datetime.fromisoformat(note["receivedAt"])
        for rows in notes.values()
        for note in rows
    }
    marks = [reference_mark(FIRM, subject) for subject in subjects]
    return [max(0.0, (_utc(came[mark]) - killed_at).total_seconds()) for mark in marks]


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def test_after_a_kill_notes_and_documents_are_there_and_the_seats_are_free_within_the_promised_seconds(
    service: Deployment, doomed: RunningProcess
) -> None:
    process = process_id(service)
    slow = [
        {"name": "latency", "ms": 60, "purpose": "insert-note"},
        {"name": "latency", "ms": 1500, "purpose": "upload-document"},
    ]
    service.tell("PUT", "faults", slow)
    documents = service.documents(12, size=20_000)
    bodies = service.messages(400)
    service.upload(*documents)
    service.publish(bodies)
    eventually(lambda: held_by(service, process, DOCUMENTS), 60, "documents in hand", poll_s=0.05)
    eventually(lambda: service.notes_written() >= 40, 60, "the first notes", poll_s=0.05)
    other = service.start("work", "--threads", "4")
    doomed.kill()
    killed_at, began_s = datetime.now(UTC), time.monotonic()
    held, jobs = held_by(service, process), jobs_of(service, process)
    assert len(held) > 20
    assert jobs
    assert held_by(service, process, DOCUMENTS)
    service.tell("DELETE", "faults")
    eventually(lambda: not jobs_of(service, process), GONE_WITHIN_S, "the seats of the killed worker free")
    other.wait_for_line("worker_ready")
    service.await_documents(documents, within_s=DOCUMENTS_WITHIN_S)
    print(f"all documents {time.monotonic() - began_s:.1f} s after the kill")
    eventually(lambda: service.open_deliveries() == 0, NOTES_WITHIN_S + 30, "all notes recorded")
    service.await_notes(len(bodies))
    assert service.marks() == expected_marks(bodies)
    after = seconds_after(service, killed_at, held)
    print(f"{len(held)} notes held: median {median(after):.1f} s after the kill, at most {max(after):.1f} s")
    assert max(after) <= NOTES_WITHIN_S
    assert median(after) <= NOTES_MEDIAN_S


def test_after_a_kill_an_import_goes_on_from_its_last_page_within_the_promised_seconds_to_its_end(
    service: Deployment,
) -> None:
    service.sandbox_process.terminate()
    service.sandbox("--cases", "600")
    doomed = service.worker()
    service.connect()
    service.run("firms", "set", FIRM, "page_size=40")
    service.tell("PUT", "faults", {"name": "latency", "ms": 300, "purpose": "search-cases"})
    run_id = service.run("sync", "cases", FIRM)["run_id"]

    def pages() -> int:
        return int(service.stored("select pages from runs where run_id = %s", run_id))

    eventually(lambda: pages() > 1, 60, "the first pages", poll_s=0.05)
    other = service.start("work", "--threads", "4")
    doomed.kill()
    last = pages()
    eventually(lambda: pages() > last, GONE_WITHIN_S, "the next page after the last one", poll_s=0.3)
    other.wait_for_line("worker_ready")
    service.tell("DELETE", "faults")
    eventually(lambda: service.state_of(run_id) == "finished", 120, "the run's end", poll_s=0.3)
    counts = service.run("runs", "show", str(run_id))["counts"]
    assert counts["created"] == service.ask("expected")["firms"]["firm1"]["importable"]


@pytest.mark.parametrize(
    "seconds", [5, *(pytest.param(seconds, marks=pytest.mark.long) for seconds in (20, 60, 120))]
)
def test_a_worker_that_stands_still_in_the_middle_of_its_calls_loses_and_repeats_nothing(
    service: Deployment, doomed: RunningProcess, seconds: int
) -> None:
    service.tell("PUT", "faults", {"name": "slow_after_store", "ms": 400, "purpose": "insert-note"})
    bodies = service.messages(120)
    service.publish(bodies)
    eventually(lambda: service.notes_written() >= 12, 60, "the first notes", poll_s=0.05)
    os.kill(doomed.pid, signal.SIGSTOP)
    other = service.start("work", "--threads", "4")
    time.sleep(seconds)  # that is what is tried
    os.kill(doomed.pid, signal.SIGCONT)
    other.wait_for_line("worker_ready")
    eventually(partial(_all_recorded, service), NOTES_WITHIN_S + 60, "all notes recorded")
    service.await_notes(len(bodies))
    assert service.marks() == expected_marks(bodies)


def _all_recorded(service: Deployment) -> bool:
    return service.open_deliveries() == 0
