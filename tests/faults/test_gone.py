"""A worker that dies or stands still, with the product's own times: what it held goes on within the promised
seconds, and nothing is lost or there twice (ADR 97).
"""

import os
import signal
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import pytest

from core.message import reference_mark
from tests.deployment import FIRM, Deployment, expected_marks
from tests.servers import Processes
from tests.servers.processes import RunningProcess
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

CASES = 200
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
    made.sandbox("--cases", str(CASES), "--firms", "2")
    made.up(workers=0)
    return made


@pytest.fixture
def doomed(service: Deployment) -> RunningProcess:
    """A worker, with the firm's cases imported."""
    worker = service.worker()
    service.connect()
    service.import_cases()
    return worker


def process_id(service: Deployment) -> str:
    """The number of the only worker there is."""
    [(found,)] = service.asking.rows(
        "select process_id::text from processes where kind = 'worker' and gone_at is null"
    )
    assert isinstance(found, str)
    return found


def held_by(service: Deployment, process: str, kind: str = MESSAGES) -> list[str]:
    """The subject ids of what the process has claimed of a kind and not recorded."""
    return [
        subject
        for (subject,) in service.asking.rows(
            "select subject_id from deliveries join lanes using (firm_id, kind, case_integration_id) "
            "where state = 'sending' and split_part(owner, '/', 1) = %s and kind = %s",
            [process, kind],
        )
    ]


def jobs_of(service: Deployment, process: str) -> list[Any]:
    return service.asking.rows(
        "select job_id from jobs where state = 'running' and split_part(owner, '/', 1) = %s", [process]
    )


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


def test_after_a_kill_notes_documents_and_an_import_go_on_and_the_seats_are_free_within_the_promised_seconds(
    service: Deployment, doomed: RunningProcess
) -> None:
    process = process_id(service)
    service.connect("south", "firm2")
    service.run("firms", "set", "south", "page_size=5")
    # So slow that neither notes nor documents can be at their end when the worker dies.
    slow = [
        {"name": "latency", "ms": 300, "purpose": "insert-note"},
        {"name": "latency", "ms": 6000, "purpose": "upload-document"},
        {"name": "latency", "ms": 1000, "purpose": "search-cases"},
    ]
    service.tell("PUT", "faults", slow)
    documents = service.documents(12, size=20_000)
    bodies = service.messages(400)
    run_id = service.run("sync", "cases", "south")["run_id"]

    def pages() -> int:
        return int(service.stored("select pages from runs where run_id = %s", run_id))

    eventually(lambda: pages() > 1, 60, "the first pages", poll_s=0.05)
    service.upload(*documents)
    eventually(lambda: held_by(service, process, DOCUMENTS), 60, "documents in hand", poll_s=0.05)
    service.publish(bodies)
    eventually(lambda: service.notes_written() >= 10, 60, "the first notes", poll_s=0.05)
    eventually(lambda: len(held_by(service, process)) > 20, 60, "messages in hand", poll_s=0.05)
    psutil.Process(doomed.pid).suspend()  # what it has in hand stays in hand while another worker starts
    other = service.start("work", "--threads", "4")
    doomed.kill()
    killed_at, began_s = datetime.now(UTC), time.monotonic()
    last_page, held, jobs = pages(), held_by(service, process), jobs_of(service, process)
    assert len(held) > 20
    assert jobs
    assert held_by(service, process, DOCUMENTS)
    assert last_page < CASES // 5, "the import is not at its end"
    eventually(lambda: not jobs_of(service, process), GONE_WITHIN_S, "the seats of the killed worker free")
    left_s = GONE_WITHIN_S - (time.monotonic() - began_s)
    eventually(lambda: pages() > last_page, left_s, "the next page after the last one", poll_s=0.3)
    service.tell("DELETE", "faults")
    other.wait_for_line("worker_ready")
    service.await_documents(documents, within_s=DOCUMENTS_WITHIN_S)
    print(f"all documents {time.monotonic() - began_s:.1f} s after the kill")
    eventually(lambda: service.open_deliveries() == 0, NOTES_WITHIN_S + 30, "all notes recorded")
    service.await_notes(len(bodies))
    assert service.marks() == expected_marks(bodies)
    after = seconds_after(service, killed_at, held)
    assert max(after) > 0, "some of what it held was not written yet"
    print(f"{len(held)} notes held: median {median(after):.1f} s after the kill, at most {max(after):.1f} s")
    assert max(after) <= NOTES_WITHIN_S
    assert median(after) <= NOTES_MEDIAN_S
    eventually(lambda: service.state_of(run_id) == "finished", 120, "the run's end", poll_s=0.3)
    counts = service.run("runs", "show", str(run_id))["counts"]
    assert counts["created"] == service.ask("expected")["firms"]["firm2"]["importable"]


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
