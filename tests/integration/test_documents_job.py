"""Documents, end to end, as separate processes on real servers: what is uploaded in Case Status is in the
Case Documents of its case, byte for byte, exactly once, or waits visibly with its reason.
"""

import json
from typing import Any

import psycopg
import pytest

from sandbox.contents import CONTENT_PURPOSE
from tests.deployment import FIRM, Deployment
from tests.servers import RunningProcess
from tests.servers.waiting import eventually

UPLOAD = "upload-document"


@pytest.fixture(scope="module")
def service(shared_deployment: Deployment) -> Deployment:
    """One of each process, a sandbox with one firm, connected and imported."""
    shared_deployment.sandbox("--cases", "60", "--upload-limit", "6000000")
    shared_deployment.up(workers=0)
    shared_deployment.connect()
    return shared_deployment


@pytest.fixture(scope="module")
def workers(service: Deployment) -> list[RunningProcess]:
    """The worker that runs; who kills it leaves another."""
    started = [service.worker()]
    service.import_cases()
    return started


@pytest.fixture
def running(service: Deployment, workers: list[RunningProcess]) -> Deployment:
    """The service, with nothing wrong; documents of tests before may be there, held and failed."""
    assert workers[-1].is_running()
    service.tell("DELETE", "faults")
    return service


def key_of(row: dict[str, Any]) -> str:
    return f"doc-{row['number']}"


def states(running: Deployment) -> dict[str, tuple[str, str | None]]:
    """State and reason of each, as they are stored: to be asked often, where a command takes too long."""
    with psycopg.connect(running.database_url) as connection:
        rows = connection.execute(
            "select subject_id, state, reason from deliveries where kind = 'document-uploaded'"
        ).fetchall()
    return {subject: (state, reason) for subject, state, reason in rows}


def await_state(running: Deployment, row: dict[str, Any], state: str, reason: str | None) -> None:
    key = key_of(row)
    eventually(lambda: states(running).get(key) == (state, reason), 60, f"{key} being {state} for {reason}")
    shown = running.run("deliveries", "list", "--kind", "document-uploaded", "--limit", "1000")
    assert {(r["state"], r["reason"]) for r in shown if r["subject_id"] == key} == {(state, reason)}


def await_delivered(running: Deployment, documents: list[dict[str, Any]]) -> None:
    keys = {key_of(row) for row in documents}

    def are_delivered() -> bool:
        found = states(running)
        return {found[key][0] for key in keys} == {"delivered"}

    eventually(are_delivered, 60, "all delivered")


def fault(running: Deployment, name: str, **params: Any) -> None:
    running.tell("PUT", "faults", {"name": name, **params})


def announced(running: Deployment, kind: str, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was said of these documents."""
    with psycopg.connect(running.database_url) as connection:
        rows = connection.execute(
            "select body from outbox where kind = %s order by row_id", [kind]
        ).fetchall()
    said = [json.loads(body)["data"] if isinstance(body, str) else body["data"] for (body,) in rows]
    keys = {key_of(row) for row in documents}
    return [data for data in said if data.get("document_id", data.get("subject_id")) in keys]


def test_documents_of_every_kind_are_in_their_cases_byte_for_byte(
    running: Deployment, workers: list[RunningProcess]
) -> None:
    workers.append(running.worker())  # beside the one that runs: any number may
    names = [
        "請求書.pdf",
        "../../etc/passwd",
        "C:\\x\\договор.docx",
        "я" * 400 + ".pdf",
        'a "b" <c>.pdf',
        ".",
    ]
    documents = [
        *running.documents(names=names, size=70_001),
        *running.documents(2, size=5_000_000),
        *running.documents(size=0),
    ]
    twins = running.documents(3, names=["scan.pdf"] * 3, size=1000)
    for row in twins:
        row["case_id"] = documents[0]["case_id"]
    documents += twins
    running.upload(*documents)
    running.upload(*documents[:4])  # events that come twice
    running.await_documents(documents, within_s=90)
    stored = running.ask("report")["documents"]["firm1"]
    by_sha = {row["sha256"]: row["name"] for rows in stored.values() for row in rows}
    assert by_sha[documents[0]["sha256"]] == "請求書.pdf"
    assert by_sha[documents[1]["sha256"]] == "passwd"
    assert by_sha[documents[2]["sha256"]] == "договор.docx"
    assert len(by_sha[documents[3]["sha256"]]) == 300
    assert by_sha[documents[5]["sha256"]] == "document"
    assert len({by_sha[row["sha256"]] for row in twins}) == 3
    await_delivered(running, documents)
    assert len(announced(running, "document-synced", documents)) == len(documents)


def test_lost_answers_leave_each_document_once(running: Deployment) -> None:
    documents = running.documents(4, size=300_000)
    faults = [
        {"name": "store_then_reset", "purpose": UPLOAD, "times": 1},
        {"name": "store_then_hang", "purpose": UPLOAD, "times": 1},
        {"name": "empty_200", "purpose": UPLOAD, "times": 1},
        {"name": "server_error", "status": 502, "purpose": UPLOAD, "times": 1},
    ]
    running.tell("PUT", "faults", faults)
    running.upload(*documents)
    running.await_documents(documents, within_s=90)
    await_delivered(running, documents)
    running.await_documents(documents)


@pytest.mark.parametrize(
    "trouble",
    [
        {"name": "reset_midway", "percent": 60},
        {"name": "reset"},
        {"name": "server_error", "status": 503},
        # That it counts as too slow is tried with a reader of less patience: tests/contract.
        pytest.param({"name": "slow_drip", "bytes": 1000, "ms": 400}, marks=pytest.mark.long),
    ],
)
def test_content_that_cannot_be_had_at_once_is_fetched_again(
    running: Deployment, trouble: dict[str, Any]
) -> None:
    documents = running.documents(size=300_000)
    fault(running, purpose=CONTENT_PURPOSE, times=1, **trouble)
    running.upload(*documents)
    running.await_documents(documents)


def test_what_can_never_be_right_is_not_stored_and_says_why(running: Deployment) -> None:
    wrong_hash, wrong_length, endless, elsewhere = running.documents(4, size=200_000)
    [large] = running.documents(size=6_000_001)
    fine = running.documents(size=1000)
    for row in (wrong_hash, wrong_length, endless, large, elsewhere):
        row["case_id"] = fine[0]["case_id"]
    running.upload({**wrong_hash, "sha256": "0" * 64})
    running.upload({**wrong_length, "size": 200_001})
    running.upload(large)
    running.upload({**elsewhere, "content_url": elsewhere["content_url"].replace("127.0.0.1", "localhost")})
    await_state(running, wrong_hash, "failed", "content_mismatch")
    await_state(running, wrong_length, "failed", "content_mismatch")
    await_state(running, elsewhere, "held", "content_host_not_allowed")
    fault(running, "endless", purpose=CONTENT_PURPOSE)
    running.upload(endless)
    await_state(running, endless, "failed", "content_mismatch")
    running.tell("DELETE", "faults")
    await_state(running, large, "failed", "document_too_large")
    running.upload(*fine)  # what waits or failed does not hold back the case's others
    running.await_documents(fine)
    details = " ".join(
        announcement["detail"] for announcement in announced(running, "delivery-failed", [large])
    )
    assert "6,000,001 bytes" in details


def test_an_expired_address_is_asked_for_once_and_a_fresh_one_lets_the_document_go(
    running: Deployment,
) -> None:
    [document] = running.documents(size=100_000)
    running.tell("POST", "documents/expire")
    running.upload(document)
    await_state(running, document, "held", "document_url_expired")
    running.upload(document)  # the old event once more brings nothing
    assert len(announced(running, "document-url-expired", [document])) == 1
    fresh = running.tell("POST", f"documents/{document['number']}")
    running.upload({**fresh, "case_id": document["case_id"]}, uploaded_at=_uploaded_at(running, document))
    running.await_documents([document])
    assert len(announced(running, "document-url-expired", [document])) == 1


def test_a_redirect_off_the_list_is_not_followed(running: Deployment) -> None:
    [document] = running.documents()
    before = running.ask("report?notes=0")["documents_written"]
    fault(running, "redirect", to="elsewhere", purpose=CONTENT_PURPOSE)
    running.upload(document)
    await_state(running, document, "held", "content_host_not_allowed")
    assert running.ask("report?notes=0")["documents_written"] == before


def test_a_worker_killed_while_it_uploads_leaves_the_document_once(
    running: Deployment, workers: list[RunningProcess]
) -> None:
    documents = running.documents(3, size=500_000)

    def downloads() -> int:
        return sum(running.ask("report?notes=0")["requests"].get(CONTENT_PURPOSE, {}).values())

    before = downloads()
    running.tell("PUT", "faults", {"name": "latency", "ms": 1500, "purpose": UPLOAD})
    running.upload(*documents)
    # The sandbox has the whole document and stores it in a moment: the worker will not learn it.
    eventually(lambda: downloads() > before, 60, "a download")
    for worker in workers:
        worker.kill()
    workers.append(running.worker())
    running.await_documents(documents, within_s=90)
    await_delivered(running, documents)
    running.await_documents(documents)


def _uploaded_at(running: Deployment, document: dict[str, Any]) -> str:
    """The same document has the same time."""
    with psycopg.connect(running.database_url) as connection:
        row = connection.execute(
            "select data ->> 'uploaded_at' from deliveries where firm_id = %s and subject_id = %s",
            [FIRM, key_of(document)],
        ).fetchone()
    assert row is not None
    return str(row[0])
