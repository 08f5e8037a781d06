"""Two-way messages with processes on real servers: what staff share comes out once, nothing echoes."""

import json
import threading
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx2
import psycopg
import pytest

from tests.deployment import FIRM, Deployment
from tests.servers.waiting import eventually

pytestmark = pytest.mark.timeout(400)  # many processes; far less on a quiet machine
QUICK = {"CASEBRIDGE_SHARED_NOTES_EVERY_S": "1"}


@pytest.fixture(scope="module")
def office(shared_deployment: Deployment) -> Deployment:
    """A connected firm of forty cases with two-way messages on; all its open cases have been looked at."""
    deployment = shared_deployment
    deployment.env |= QUICK
    deployment.sandbox("--cases", "40")
    deployment.up()
    deployment.connect()
    deployment.import_cases()
    settings = ["two_way=yes", "inbound_note_type=Incoming Message", "outbound_note_type=Outgoing Message"]
    deployment.run("firms", "set", FIRM, *settings)
    a_round(deployment)
    return deployment


def ask(deployment: Deployment, query: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(deployment.database_url) as connection:
        return connection.execute(query.encode(), values).fetchall()


def a_round(deployment: Deployment) -> None:
    """Wait until every watched case has been read from now on."""
    began = datetime.now(UTC)
    query = (
        "select count(*) > 0 and bool_and(is_known and read_at > %s) from watched_cases where not is_closed"
    )
    eventually(lambda: ask(deployment, query, began)[0][0], 60, "every open case being read", poll_s=0.1)


def said(deployment: Deployment) -> list[dict[str, Any]]:
    """What was announced, in order, by the outbox."""
    query = "select body from outbox where kind = 'message-written' order by row_id"
    return [json.loads(body)["data"] for (body,) in ask(deployment, query)]


def have_been_said(deployment: Deployment, number: int) -> bool:
    return len(said(deployment)) >= number


def open_cases(deployment: Deployment) -> list[int]:
    query = "select integration_id from cases where not closed order by integration_id"
    return [int(case) for (case,) in ask(deployment, query)]


def write(deployment: Deployment, case: int, text: str, **fields: Any) -> str:
    body = {"caseID": case, "noteText": text, "isSharedinCP": True, **fields}
    return str(deployment.tell("POST", "notes", body)["noteID"])


def notes_by_case(deployment: Deployment) -> dict[str, list[dict[str, Any]]]:
    notes: dict[str, list[dict[str, Any]]] = deployment.ask("report")["notes"]["firm1"]
    return notes


def as_smartadvocate_shows(deployment: Deployment, case: str) -> list[dict[str, Any]]:
    """The notes of a case over SmartAdvocate's own API."""
    base = f"{deployment.sandbox_url}/CaseSyncAPI"
    log_in = {"Username": "firm1", "Password": "sandbox"}
    token = httpx2.post(
        f"{base}/Users/authenticate", json=log_in, trust_env=False, verify=False, timeout=60
    ).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    rows: list[dict[str, Any]] = httpx2.get(
        f"{base}/case/{case}/notes", headers=headers, trust_env=False, verify=False, timeout=60
    ).json()
    return rows


def test_notes_of_ours_have_the_type_the_firm_named_and_are_never_shared(office: Deployment) -> None:
    office.publish(office.messages(20, seed=2))
    office.await_notes(20)
    types = office.ask("setup")["note_types"]
    rows = [row for case in notes_by_case(office) for row in as_smartadvocate_shows(office, case)]
    ours = [row for row in rows if row["subject"] == "Case Status Message"]
    assert len(ours) == 20
    for row in ours:
        inbound = row["noteText"].startswith("Inbound")
        assert row["noteTypeID"] == types["Incoming Message" if inbound else "Outgoing Message"]
        assert (row["isSharedinCP"], row["isSharedWithAll"]) == (False, False)


def test_messages_flow_both_ways_and_nothing_comes_back(office: Deployment) -> None:
    assert said(office) == []  # though the sandbox has shared notes of type Plaintiff from before
    before, bodies = office.notes_written(), office.messages(60)
    office.publish(bodies)
    office.await_notes(before + 60)
    [first, second, third, *_] = open_cases(office)
    # Staff share every note of ours with the client, under the client's type.
    for notes in notes_by_case(office).values():
        for note in notes:
            shared = {"isSharedinCP": True, "noteTypeName": "Plaintiff"}
            office.tell("POST", f"notes/{note['noteID']}", shared)
    one = write(office, first, "<p>Please&nbsp;call <b>today</b></p>")
    two = write(office, second, "Not yet", isSharedinCP=False)
    three = write(office, third, "Gone soon")
    a_round(office)
    assert {data["note_id"] for data in said(office)} == {one, three}
    [heard] = [data for data in said(office) if data["note_id"] == one]
    assert (heard["text"], heard["case_integration_id"]) == ("Please call today", str(first))
    assert heard["author_name"]
    office.tell("POST", f"notes/{one}", {"noteText": "edited"})
    office.tell("POST", f"notes/{two}", {"isSharedinCP": True})
    office.tell("DELETE", f"notes/{three}")
    a_round(office)
    office.tell("POST", f"notes/{one}", {"isSharedinCP": False})
    a_round(office)
    office.tell("POST", f"notes/{one}", {"isSharedinCP": True})
    a_round(office)
    a_round(office)
    assert sorted(data["note_id"] for data in said(office)) == sorted([one, two, three])
    # Case Status makes a message of it and tells so: no further note is written.
    message = json.loads(bodies[0])
    message["id"] = message["data"]["message_id"] = "born-from-a-note"
    message["data"] |= {"origin_note_id": one, "case_integration_id": str(first)}
    message["subject"] = str(first)
    office.publish([json.dumps(message).encode()])
    stored = "select note_id from deliveries where subject_id = 'born-from-a-note' and state = 'delivered'"
    eventually(lambda: ask(office, stored) == [(one,)], 60, "the message being settled")
    assert office.notes_written() == before + 60
    published = "select count(*) from outbox where kind = 'message-written' and published_at is not null"
    eventually(lambda: ask(office, published)[0][0] == 3, 60, "all being published")


@pytest.mark.long
def test_workers_killed_again_and_again_announce_each_note_once(deployment: Deployment) -> None:
    deployment.env |= QUICK
    deployment.sandbox("--cases", "40")
    started = deployment.up(intakes=0)
    deployment.connect()
    deployment.import_cases()
    deployment.run("firms", "set", FIRM, "two_way=yes")
    a_round(deployment)
    cases = open_cases(deployment)
    written: list[str] = []

    def staff() -> None:
        for n in range(40):
            written.append(write(deployment, cases[n % len(cases)], f"note {n}"))
            threading.Event().wait(0.1)  # staff type; nothing waits for this

    writing = threading.Thread(target=staff)
    writing.start()
    worker, scheduler = started["worker-1"], started["scheduler-1"]
    for kill in (1, 2):
        eventually(partial(have_been_said, deployment, kill * 5), 60, "some more being announced")
        worker.kill()
        worker = deployment.worker()
        if kill == 2:
            scheduler.kill()
            scheduler = deployment.scheduler()
    writing.join(60)
    eventually(partial(have_been_said, deployment, 40), 90, "all being announced")
    a_round(deployment)
    assert sorted(data["note_id"] for data in said(deployment)) == sorted(written)
