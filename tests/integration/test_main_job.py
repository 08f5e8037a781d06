"""The main job, end to end, as separate processes on real servers."""

import json
from datetime import UTC, datetime

import httpx2
import psycopg
import pytest

from tests.deployment import FIRM, Deployment, expected_marks
from tests.servers.ports import free_port
from tests.servers.waiting import eventually


@pytest.fixture
def running(deployment: Deployment) -> Deployment:
    """One of each process, a sandbox with one firm of a hundred cases, connected and imported."""
    deployment.sandbox("--cases", "100")
    deployment.up()
    deployment.connect()
    deployment.import_cases()
    return deployment


def test_cases_are_imported_or_skipped_exactly_as_the_sandbox_expects(deployment: Deployment) -> None:
    deployment.sandbox("--cases", "300")
    deployment.up(intakes=0)
    deployment.connect()
    counts = deployment.import_cases()
    expected = deployment.ask("expected")["firms"]["firm1"]
    assert counts["created"] == expected["importable"]
    for reason in ("no_valid_phone", "no_lead_attorney", "practice_area_unmapped", "stage_unmapped"):
        assert counts[f"skipped:{reason}"] == expected[reason]
    again = deployment.import_cases()
    assert "created" not in again
    assert "updated" not in again


def test_messages_on_the_exchange_become_notes_each_once_and_in_order(running: Deployment) -> None:
    running.up(intakes=1, schedulers=1, workers=2)  # beside those that run: any number may
    bodies = running.messages(400)
    running.publish([*bodies, *bodies[:50]])
    running.await_notes(400)
    assert running.marks() == expected_marks(bodies)


def test_a_message_over_http_becomes_a_note(running: Deployment) -> None:
    port = free_port()
    web = running.start("web", "--port", str(port))
    url = f"http://127.0.0.1:{port}"
    web.wait_for_http(f"{url}/readyz")
    [body] = running.messages(1)
    with httpx2.Client(
        base_url=url, headers={"Authorization": "Bearer let-me-in"}, trust_env=False, verify=False, timeout=60
    ) as http:
        assert http.post("/v1/events", content=body).status_code == 202
        assert http.post("/v1/events", content=body).status_code == 200
        assert http.post("/v1/events", content=b"{}").status_code == 422
        assert http.post("/v1/events", content=b" " * 300_000).status_code == 413
        other = json.loads(body)
        other["data"]["text"] = "something else"
        assert http.post("/v1/events", json=other).status_code == 409
        wrong = {"Authorization": "Bearer wrong"}
        assert http.post("/v1/events", content=body, headers=wrong).status_code == 401
        metrics = http.get("/metrics").text
        assert 'casebridge_http_events_total{receipt="recorded"} 1.0' in metrics
        assert "casebridge_store_up 1.0" in metrics
        assert http.get("/openapi.json").json()["paths"]["/v1/events"]
    running.await_notes(1)
    assert web.terminate() == 0


def test_bad_events_are_set_aside_with_their_reason_and_never_block_the_queue(running: Deployment) -> None:
    from sandbox.upstream_events import INVALID, MessageEvents

    [good] = running.messages(1)
    events = MessageEvents(FIRM, ["1"], seed=9)
    moment = datetime.now(UTC)
    bad = [events.broken(kind, n, moment) for n, kind in enumerate(INVALID)]
    running.publish([*bad, good])
    running.await_notes(1)

    def all_set_aside() -> bool:
        with psycopg.connect(running.database_url) as connection:
            row = connection.execute("select count(*) from rejected_events").fetchone()
        return row == (len(bad),)

    eventually(all_set_aside, 20, "all bad events set aside")
    rows = running.run("events", "rejected")
    assert {row["reason"] for row in rows} >= {"malformed", "oversized", "unknown_type", "foreign"}


def test_messages_for_unknown_firms_and_cases_are_held_with_the_reason(running: Deployment) -> None:
    [body] = running.messages(1)
    elsewhere, nowhere = json.loads(body), json.loads(body)
    elsewhere["data"]["firm_id"] = "nobody"
    nowhere["subject"] = nowhere["data"]["case_integration_id"] = "999999999"
    nowhere["data"]["message_id"] = "m-nowhere"
    running.publish([json.dumps(elsewhere).encode(), json.dumps(nowhere).encode(), body])
    running.await_notes(1)
    held = running.run("deliveries", "list", "--state", "held")
    assert {(row["firm_id"], row["reason"]) for row in held} == {
        ("nobody", "firm_unknown"),
        (FIRM, "case_not_imported"),
    }


def test_a_rejected_log_in_stops_one_firm_and_reconnecting_lets_its_messages_go(
    deployment: Deployment,
) -> None:
    deployment.sandbox("--cases", "60", "--firms", "2")
    deployment.up()
    for firm, user in (("north", "firm1"), ("south", "firm2")):
        deployment.connect(firm, user)
        deployment.import_cases(firm)
    deployment.tell("POST", "password?firm=firm2", {"password": "changed"})
    deployment.tell("POST", "tokens/expire?firm=firm2")
    deployment.publish(deployment.messages(20, firm="south", user="firm2"))
    deployment.publish(deployment.messages(20, firm="north"))
    deployment.await_notes(20)

    def says_reconnect() -> bool:
        firms = {row["firm_id"]: row["connection"] for row in deployment.run("firms", "list")}
        return firms == {"north": "connected", "south": "reconnect_required"}

    eventually(says_reconnect, 20, "the firm being marked")
    deployment.tell("POST", "password?firm=firm2", {"password": "sandbox"})
    deployment.connect("south", "firm2")
    deployment.await_notes(40)


def test_every_process_stops_in_order_when_asked(deployment: Deployment) -> None:
    for process in deployment.up().values():
        assert process.terminate(15) == 0, process.output


def test_processes_say_clearly_what_they_lack(deployment: Deployment) -> None:
    without_database = deployment.start("work", CASEBRIDGE_DATABASE_URL="")
    assert without_database.wait(20) == 2
    assert "CASEBRIDGE_DATABASE_URL is not set" in without_database.output
    wrong_setting = deployment.start("work", CASEBRIDGE_WORKER_THREADS="none")
    assert wrong_setting.wait(20) == 2
    assert "CASEBRIDGE_WORKER_THREADS" in wrong_setting.output
