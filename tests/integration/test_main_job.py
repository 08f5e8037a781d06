"""The main job, end to end, as separate processes on real servers."""

import json
import time
from datetime import UTC, datetime

import httpx2
import pytest

from tests.deployment import FIRM, Deployment, expected_marks
from tests.servers.ports import free_port
from tests.servers.waiting import eventually


@pytest.fixture(scope="module")
def service(shared_deployment: Deployment) -> Deployment:
    """One of each process, a sandbox with two firms of three hundred cases; the first is connected."""
    shared_deployment.sandbox("--cases", "300", "--firms", "2")
    shared_deployment.up()
    shared_deployment.connect()
    return shared_deployment


@pytest.fixture(scope="module")
def imported(service: Deployment) -> dict[str, int]:
    """What came of the first import, by outcome."""
    return service.import_cases()


@pytest.fixture
def running(service: Deployment, imported: dict[str, int]) -> Deployment:
    """The same with its cases imported; messages of tests before may be there."""
    assert imported["created"]
    return service


def assert_each_once_and_in_order(running: Deployment, bodies: list[bytes]) -> None:
    expected = expected_marks(bodies)
    these = {mark for marks in expected.values() for mark in marks}
    found = {case: [mark for mark in marks if mark in these] for case, marks in running.marks().items()}
    assert {case: marks for case, marks in found.items() if marks} == expected


def test_cases_are_imported_or_skipped_exactly_as_the_sandbox_expects(
    service: Deployment, imported: dict[str, int]
) -> None:
    expected = service.ask("expected")["firms"]["firm1"]
    assert imported["created"] == expected["importable"]
    for reason in ("no_valid_phone", "no_lead_attorney", "practice_area_unmapped", "stage_unmapped"):
        assert imported[f"skipped:{reason}"] == expected[reason]
    again = service.import_cases()
    assert "created" not in again
    assert "updated" not in again


def test_messages_on_the_exchange_become_notes_each_once_and_in_order(running: Deployment) -> None:
    others = running.up(intakes=1, schedulers=1, workers=2)  # beside those that run: any number may
    before, bodies = running.notes_written(), running.messages(300)
    running.publish([*bodies, *bodies[:50]])
    running.await_notes(before + 300)
    assert_each_once_and_in_order(running, bodies)
    for process in others.values():  # each stops in order when asked
        assert process.terminate(60) == 0, process.output


def test_a_message_over_http_becomes_a_note(running: Deployment) -> None:
    port = free_port()
    web = running.start("web", "--port", str(port))
    url = f"http://127.0.0.1:{port}"
    web.wait_for_http(f"{url}/readyz")
    before, [body] = running.notes_written(), running.messages(1, seed=2)
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
    running.await_notes(before + 1)
    assert_each_once_and_in_order(running, [body])
    assert web.terminate(60) == 0


def test_bad_events_are_set_aside_with_their_reason_and_never_block_the_queue(running: Deployment) -> None:
    from sandbox.upstream_events import INVALID, MessageEvents

    before, [good] = running.notes_written(), running.messages(1, seed=3)
    rejected = len(running.run("events", "rejected"))
    events = MessageEvents(FIRM, ["1"], seed=9)
    moment = datetime.now(UTC)
    bad = [events.broken(kind, n, moment) for n, kind in enumerate(INVALID)]
    running.publish([*bad, good])
    running.await_notes(before + 1)
    eventually(
        lambda: running.stored("select count(*) from rejected_events") == rejected + len(bad),
        60,
        "all bad events set aside",
    )
    rows = running.run("events", "rejected")
    assert {row["reason"] for row in rows} >= {"malformed", "oversized", "unknown_type", "foreign"}


def test_messages_for_unknown_firms_and_cases_are_held_with_the_reason(running: Deployment) -> None:
    before, [body] = running.notes_written(), running.messages(1, seed=4)
    elsewhere, nowhere = json.loads(body), json.loads(body)
    elsewhere["data"]["firm_id"] = "nobody"
    nowhere["subject"] = nowhere["data"]["case_integration_id"] = "999999999"
    nowhere["data"]["message_id"] = "m-nowhere"
    running.publish([json.dumps(elsewhere).encode(), json.dumps(nowhere).encode(), body])
    running.await_notes(before + 1)
    held = running.run("deliveries", "list", "--state", "held")
    assert {(row["firm_id"], row["reason"]) for row in held} == {
        ("nobody", "firm_unknown"),
        (FIRM, "case_not_imported"),
    }


def test_a_rejected_log_in_stops_one_firm_and_reconnecting_lets_its_messages_go(
    running: Deployment,
) -> None:
    running.connect("south", "firm2")
    running.import_cases("south")
    before = running.notes_written()
    running.tell("POST", "password?firm=firm2", {"password": "changed"})
    running.tell("POST", "tokens/expire?firm=firm2")
    running.publish(running.messages(20, firm="south", user="firm2", seed=5))
    running.publish(running.messages(20, firm="north", seed=6))
    running.await_notes(before + 20)
    query = "select connection from firms where firm_id = %s"
    eventually(
        lambda: running.stored(query, "south") == "reconnect_required",
        60,
        "the firm being marked",
        poll_s=0.1,
    )
    firms = {row["firm_id"]: row["connection"] for row in running.run("firms", "list")}
    assert firms == {"north": "connected", "south": "reconnect_required"}
    running.tell("POST", "password?firm=firm2", {"password": "sandbox"})
    running.connect("south", "firm2")
    running.await_notes(before + 40)


def test_processes_say_clearly_what_they_lack(deployment: Deployment) -> None:
    without_database = deployment.start("work", CASEBRIDGE_DATABASE_URL="")
    assert without_database.wait(60) == 2
    assert "CASEBRIDGE_DATABASE_URL is not set" in without_database.output
    wrong_setting = deployment.start("work", CASEBRIDGE_WORKER_THREADS="none")
    assert wrong_setting.wait(60) == 2
    assert "CASEBRIDGE_WORKER_THREADS" in wrong_setting.output


def test_two_processes_of_the_web_keep_one_rate(service: Deployment) -> None:
    ports = [free_port(), free_port()]
    webs = [service.start("web", "--port", str(port), CASEBRIDGE_API_REQUESTS_PER_S="1") for port in ports]
    for web, port in zip(webs, ports, strict=True):
        web.wait_for_http(f"http://127.0.0.1:{port}/readyz")
    began = time.monotonic()
    with httpx2.Client(headers={"Authorization": "Bearer let-me-in"}, trust_env=False, timeout=60) as http:
        answers = [http.post(f"http://127.0.0.1:{ports[n % 2]}/v1/events", content=b"{}") for n in range(12)]
    passed = [answer.status_code for answer in answers].count(422)
    # Five at once and one a second; each process hears with its next request that nothing is left.
    assert 5 <= passed <= 5 + 2 + (time.monotonic() - began)
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers if answer.status_code == 429)
    for web in webs:
        assert web.terminate(60) == 0, web.output
