"""`/v1` as programs meet it, over a socket and on fakes behind it: each noun once, and what all share."""

import itertools
import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from adapters.web.api.keys import ApiKeys
from adapters.web.api.v1.stream import StreamLimits
from adapters.web.app import create_app
from adapters.web.server import WebServer
from core.actor import ALL_FIRMS, SYSTEM, Actor, Power, Role
from core.errors import RejectedBySmartAdvocateError
from core.firm import ConnectionState
from core.process import AboutProcess, ProcessKind
from core.reason import Reason
from tests.desk_calls import fill
from tests.fakes.faults import Before
from tests.fakes.samples import a_firm, event_body, message_data
from tests.fakes.service import FakeService
from tests.integration.v1_support import UNHURRIED, client, running, serving


@pytest.fixture(scope="module")
def service() -> FakeService:
    service = FakeService()
    fill(service, "north")
    unconnected = ConnectionState.NOT_CONNECTED
    service.add_firm(SYSTEM, a_firm("south", name="The other", connection=unconnected))
    service.jobs_published()
    return service


@pytest.fixture(scope="module")
def server(service: FakeService) -> Iterator[WebServer]:
    with serving(service) as server:
        yield server


@pytest.fixture(scope="module")
def http(server: WebServer) -> Iterator[httpx2.Client]:
    with client(server) as http:
        yield http


def got(http: httpx2.Client, path: str, **query: Any) -> Any:
    answer = http.get(f"/v1{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(answer: httpx2.Response, status: int, reason: str) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem: dict[str, Any] = answer.json()
    assert (problem["status"], problem["reason"]) == (status, reason), problem
    assert problem.keys() >= {"type", "title", "detail", "next_step"}
    return problem


# --- who asks


def test_a_key_tells_whom_it_stands_for(http: httpx2.Client, server: WebServer) -> None:
    assert got(http, "/me")["firms"] == "*"
    with client(server, "key-that-looks") as looks:
        assert got(looks, "/me") == {
            "name": "looks",
            "role": "service",
            "scopes": ["look"],
            "firms": ["north"],
        }


def test_a_stranger_is_told_so_before_anything_else_is_looked_at(server: WebServer) -> None:
    for key in (None, "wrong"):
        with client(server, key) as stranger:
            for answer in (
                stranger.get("/v1/firms", params={"limit": "many"}),
                stranger.post("/v1/firms/nowhere/runs", content=b"{"),
                stranger.get("/v1/changes/stream"),
            ):
                refused(answer, 401, "not_allowed")
                assert answer.headers["www-authenticate"].startswith('Bearer realm="casebridge"')


def test_a_key_without_the_scope_is_told_which_it_lacks(server: WebServer) -> None:
    with client(server, "key-that-looks") as looks:
        answer = looks.post("/v1/firms/north/runs", json={})
        refused(answer, 403, "not_allowed")
        assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
        assert 'scope="change"' in answer.headers["www-authenticate"]
    with client(server, "key-of-south") as south:
        refused(south.get("/v1/firms/north"), 403, "not_allowed")
        assert [firm["firm_id"] for firm in got(south, "/firms")["items"]] == ["south"]
        refused(south.get("/v1/rejected-events"), 403, "not_allowed")


# --- what is no request of ours


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/v1/nowhere", 404, "not_found"),
        ("GET", "/v1", 404, "not_found"),
        ("DELETE", "/v1/runs", 405, "method_not_allowed"),
        ("GET", "/v1/runs/99999999", 404, "not_found"),
        ("GET", "/v1/runs/seven", 422, "malformed"),
        ("GET", "/v1/firms/nowhere", 404, "firm_unknown"),
        ("GET", "/v1/firms/nowhere/cases", 404, "firm_unknown"),
        ("GET", "/v1/firms/north/cases/9", 404, "not_found"),
        ("GET", "/v1/firms?limit=0", 422, "malformed"),
        ("GET", "/v1/firms?cursor=nonsense", 422, "malformed"),
        ("GET", "/v1/deliveries?state=lost", 422, "malformed"),
        ("GET", "/v1/deliveries?since=yesterday", 422, "malformed"),
        ("GET", "/v1/changes?after=nonsense", 422, "malformed"),
        ("GET", "/v1/changes?after=5-1000", 410, "position_gone"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    http: httpx2.Client, method: str, path: str, status: int, reason: str
) -> None:
    answer = http.request(method, path)
    refused(answer, status, reason)
    assert status != 405 or answer.headers["allow"] == "GET, HEAD"
    assert http.put("/v1/firms/north").headers.get("allow", "") == "DELETE, GET, HEAD"


def test_a_body_is_json_bounded_and_without_what_is_not_known(http: httpx2.Client) -> None:
    path = "/v1/firms/north/runs"
    refused(http.post(path, content=b"{", headers={"Content-Type": "application/json"}), 400, "malformed")
    refused(http.post(path, content=b"full=1", headers={"Content-Type": "text/plain"}), 415, "foreign")
    refused(http.post(path, json={}, headers={"Content-Encoding": "gzip"}), 415, "foreign")
    refused(http.post(path), 422, "malformed")
    deep = b'{"full":' + b"[" * 5_000 + b"]" * 5_000 + b"}"  # which some versions of Python parse
    refused(http.post(path, content=deep, headers={"Content-Type": "application/json"}), 400, "malformed")
    long = http.post(path, content=b" " * (1024 * 1024 + 1), headers={"Content-Type": "application/json"})
    refused(long, 413, "oversized")
    problem = refused(http.post(path, json={"ful": True, "full": "perhaps"}), 422, "malformed")
    assert {fault["field"] for fault in problem["errors"]} == {"ful", "full"}
    assert "perhaps" not in json.dumps(problem)


# --- lists


def test_a_list_goes_on_by_its_cursor_and_by_the_link(http: httpx2.Client) -> None:
    everything = got(http, "/audit", limit=500)["items"]
    answer = http.get("/v1/audit", params={"limit": 1, "firm_id": "north"})
    [first], read = answer.json()["items"], 1
    assert first == everything[0]
    while "link" in answer.headers:
        target, relation = answer.headers["link"].split(";")
        assert relation.strip() == 'rel="next"'
        assert f"cursor={answer.json()['next']}" in target
        answer = http.get(target.strip("<>"))
        read += len(answer.json()["items"])
    assert read == len([entry for entry in everything if entry["firm_id"] == "north"])
    assert answer.json()["next"] is None


def test_a_cursor_is_of_its_list_and_filters(http: httpx2.Client) -> None:
    cursor = got(http, "/audit", limit=1)["next"]
    refused(http.get("/v1/audit", params={"cursor": cursor, "firm_id": "north"}), 422, "malformed")
    refused(http.get("/v1/runs", params={"cursor": cursor}), 422, "malformed")
    assert got(http, "/audit", limit=3, cursor=cursor)["items"]


def test_whoever_follows_cases_gets_what_changes_later(http: httpx2.Client, service: FakeService) -> None:
    page = got(http, "/firms/north/cases")
    [case] = page["items"]
    assert case["case_integration_id"] == "300417"
    assert case["client"].keys() == {"first_name", "last_name", "phone", "email"}
    again = got(http, "/firms/north/cases", cursor=page["next"])
    assert again == {"items": [], "next": page["next"]}
    later = got(http, "/firms/north/cases", changed_after=case["changed_at"])
    assert later["items"] == []
    assert got(http, "/firms/north/cases", changed_after="2020-01-01T00:00:00Z")["items"] == [case]
    assert got(http, "/firms/north/cases/300417") == case
    [change] = got(http, "/firms/north/cases/300417/changes")["items"]
    assert (change["field"], change["new"]) == ("stage", "Demand")
    [problem] = got(http, "/firms/north/problems")["items"]
    assert (problem["case_integration_id"], problem["imported"]) == ("300418", False)
    assert got(http, "/firms/north/problems", reason="unreadable")["items"] == []


# --- each noun


def test_firms_are_added_read_set_and_deleted(http: httpx2.Client) -> None:
    new = {"firm_id": "east", "name": "East & Sons"}
    answer = http.post("/v1/firms", json=new)
    assert (answer.status_code, answer.headers["location"]) == (201, "/v1/firms/east")
    assert http.post("/v1/firms", json={**new, "name": "Other"}).json()["name"] == "East & Sons"
    assert got(http, "/firms/east/go-live")["done"] is False
    settings = http.get("/v1/firms/east/settings")
    state = {"If-Match": settings.headers["etag"]}
    changed = http.patch(
        "/v1/firms/east/settings", json={"nightly_sync": False, "page_size": 50}, headers=state
    )
    assert changed.json() == {**settings.json(), "nightly_sync": False, "page_size": 50}
    assert changed.headers["etag"] != settings.headers["etag"]
    late = http.patch("/v1/firms/east/settings", json={"page_size": 60}, headers=state)
    refused(late, 412, "settings_outdated")
    assert http.patch("/v1/firms/east/settings", json={"requests_per_second": 0.5}).status_code == 200
    refused(http.patch("/v1/firms/east/settings", json={"page_size": 0}), 422, "configuration")
    refused(http.patch("/v1/firms/east/settings", json={"page_size": None}), 422, "malformed")
    odd = {**state, "If-Match": "no tag"}
    refused(http.patch("/v1/firms/east/settings", json={}, headers=odd), 422, "malformed")
    assert got(http, "/firms/east/settings")["page_size"] == 50
    assert http.post("/v1/firms/east/resume").json() == {"resumed": False, "until": None}
    afar = http.post("/v1/firms", json={"firm_id": "größe-日本", "name": "Afar"})
    assert (afar.status_code, http.get(afar.headers["location"]).json()["name"]) == (201, "Afar")
    refused(http.delete("/v1/firms/north"), 409, "still_connected")
    assert http.delete("/v1/firms/east").status_code == 204
    refused(http.get("/v1/firms/east"), 404, "firm_unknown")


def test_a_mapping_is_read_tried_saved_and_remembered(http: httpx2.Client) -> None:
    mapping = http.get("/v1/firms/north/mapping")
    new = {"fields": {"case_date": {"source": None}}}
    tried = http.post("/v1/firms/north/mapping/trial", json=new).json()
    assert list(tried["changed"]) == ["case_date / source"]
    assert tried["trial"]["looked_at"] == 2
    assert got(http, "/firms/north/mapping") == mapping.json()
    headers = {"If-Match": f'W/"weak", {mapping.headers["etag"]}'}
    saved = http.put("/v1/firms/north/mapping", json=new, headers=headers)
    assert saved.status_code == 200, saved.text
    assert saved.json()["changed"] is True
    refused(http.put("/v1/firms/north/mapping", json=new, headers=headers), 412, "settings_outdated")
    back = http.put(
        "/v1/firms/north/mapping", json=mapping.json(), headers={"If-Match": saved.headers["etag"]}
    )
    assert back.headers["etag"] == mapping.headers["etag"]
    versions = got(http, "/firms/north/setting-versions", kind="field-mapping")["items"]
    assert versions[0]["data"] == mapping.json()["fields"]
    assert versions[0]["by"] == "all"
    refused(http.put("/v1/firms/north/mapping", json={"fields": {"no": {}}}), 422, "configuration")


def test_practice_areas_that_break_cases_are_refused_unless_insisted_on(http: httpx2.Client) -> None:
    areas = got(http, "/firms/north/practice-areas")
    none: dict[str, Any] = {"items": []}
    assert http.post("/v1/firms/north/practice-areas/trial", json=none).json()["trial"]["broken"] == 1
    refused(http.put("/v1/firms/north/practice-areas", json=none), 409, "cases_would_break")
    assert http.put("/v1/firms/north/practice-areas?anyway=true", json=none).status_code == 200
    assert http.put("/v1/firms/north/practice-areas", json=areas).json()["changed"] is True
    closing = got(http, "/firms/north/closing")
    assert http.put("/v1/firms/north/closing", json=closing).json()["changed"] is False
    assert http.post("/v1/firms/north/closing/trial", json=closing).json()["changed"] == {}
    assert (
        http.put("/v1/firms/north/profile", json={"values": {"zone": "America/New_York"}}).status_code == 200
    )
    assert got(http, "/firms/north/profile") == {"values": {"zone": "America/New_York"}}
    [name] = got(http, "/firms/north/unmatched-names")["items"]
    assert name["name"] == "Maritime of the north"
    preview = http.post("/v1/firms/north/mapping/preview", json={"case": "300418", "mapping": {"fields": {}}})
    assert preview.json()["skipped"] == "practice_area_unmapped"


def test_a_connection_is_shown_and_linked_to_and_its_link_is_told_once(http: httpx2.Client) -> None:
    assert got(http, "/firms/north/connection")["state"] == "connected"
    asked: dict[str, Any] = {"json": {}, "headers": {"Idempotency-Key": "a-link"}}
    answer = http.post("/v1/firms/north/connection/link", **asked)
    assert answer.status_code == 201
    assert answer.json()["link"].startswith("https://casebridge.test/connect/")
    refused(http.post("/v1/firms/north/connection/link", **asked), 409, "answer_told")
    rights = http.post("/v1/firms/north/connection/permissions").json()["items"]
    assert {"right", "grant", "detail", "ask_for"} == rights[0].keys()


def test_runs_are_started_watched_and_cancelled(http: httpx2.Client, service: FakeService) -> None:
    started = http.post("/v1/firms/north/runs", json={"full": True})
    assert started.status_code == 202
    run_id = started.json()["run_id"]
    assert isinstance(run_id, str)
    assert started.headers["location"] == f"/v1/runs/{run_id}"
    watched = http.get(started.headers["location"])
    assert (watched.json()["state"], watched.headers["retry-after"]) == ("waiting", "2")
    assert http.post(f"/v1/runs/{run_id}/cancel").json() == {"cancelled": True}
    assert http.post(f"/v1/runs/{run_id}/cancel").json() == {"cancelled": False}
    assert "retry-after" not in http.get(f"/v1/runs/{run_id}").headers
    runs = got(http, "/runs", firm_id="north")["items"]
    assert run_id in [run["run_id"] for run in runs]
    first = runs[-1]["run_id"]
    results = got(http, f"/runs/{first}/results", limit=1)
    assert len(results["items"]) == 1
    assert "client" not in results["items"][0]
    table = http.get(f"/v1/runs/{first}/results.csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.text.startswith("\ufeffcase number,client,")
    refused(http.post("/v1/firms/south/runs", json={}), 409, "not_connected")


def test_one_case_is_found_and_imported(http: httpx2.Client) -> None:
    found = http.post("/v1/firms/north/imports/find", json={"case": "300417"}).json()
    assert (found["case_integration_id"], found["known"]) == ("300417", True)
    imported = http.post("/v1/firms/north/imports", json={"case": "300418"}).json()
    assert (imported["outcome"], imported["reason"]) == ("skipped", "practice_area_unmapped")
    refused(http.post("/v1/firms/north/imports", json={"case": "12"}), 404, "case_not_found")


def test_deliveries_are_listed_told_and_replayed(http: httpx2.Client, service: FakeService) -> None:
    refuses = RejectedBySmartAdvocateError("no")
    service.smartadvocate.faults.add("insert_note", Before(refuses))
    service.send("m-40", minute=40, firm_id="north")
    service.work()
    newest, *_, oldest = got(http, "/deliveries", firm_id="north")["items"]
    assert (newest["subject_id"], newest["state"], oldest["state"]) == ("m-40", "failed", "delivered")
    assert newest in got(http, "/deliveries", state=["failed", "held"])["items"]
    told = got(http, f"/deliveries/{newest['delivery_id']}")
    assert [entry["outcome"] for entry in told["timeline"]] == ["failed"]
    path = f"/v1/deliveries/{newest['delivery_id']}/replay"
    assert http.post(path).json() == {"replayed": True}
    assert http.post(path).json() == {"replayed": False}
    refused(http.post("/v1/deliveries/999999/replay"), 404, "not_found")


def test_issues_are_listed_muted_and_shown_again(http: httpx2.Client) -> None:
    kinds = [(issue["kind"], issue["key"]) for issue in got(http, "/issues", firm_id="north")["items"]]
    assert ("contradicting_event", "m-1") in kinds
    asked = {"kind": "contradicting_event", "key": "m-1"}
    until = {"until": "2030-01-01T00:00:00Z"}
    assert http.post("/v1/firms/north/issues/mute", json={**asked, **until}).json()["key"] == "m-1"
    assert ("contradicting_event", "m-1") not in [
        (issue["kind"], issue["key"]) for issue in got(http, "/issues")["items"]
    ]
    assert len(got(http, "/issues", muted=True)["items"]) > len(got(http, "/issues")["items"])
    assert http.post("/v1/firms/north/issues/unmute", json=asked).status_code == 200
    refused(http.post("/v1/firms/north/issues/unmute", json=asked), 404, "not_found")


def test_an_issue_that_a_person_ends_is_closed_and_every_other_stays(http: httpx2.Client) -> None:
    path, asked = "/v1/firms/north/issues/close", {"kind": "contradicting_event", "key": "muted by north"}
    assert http.post(path, json=asked).json() == asked
    refused(http.post(path, json=asked), 404, "not_found")
    refused(http.post(path, json={**asked, "kind": "delivery_failed"}), 409, "ends_by_itself")


def test_rejected_events_are_listed_and_judged_again(http: httpx2.Client) -> None:
    [event] = got(http, "/rejected-events")["items"]
    assert (event["channel"], event["replayable"]) == ("http", True)
    assert got(http, f"/rejected-events/{event['event_id']}") == event
    replayed = http.post(f"/v1/rejected-events/{event['event_id']}/replay").json()
    assert (replayed["accepted"], replayed["possible"]) == (False, True)
    refused(http.get("/v1/rejected-events/999999"), 404, "not_found")
    path, why = f"/v1/rejected-events/{event['event_id']}/discard", {"why": "a test of ours"}
    assert http.post(path, json=why).json() == {"discarded": True}
    assert http.post(path, json=why).json() == {"discarded": False}
    assert got(http, "/rejected-events")["items"] == []
    assert got(http, f"/rejected-events/{event['event_id']}")["discarded_why"] == "a test of ours"


def test_everything_that_matches_leaves_again_once_it_is_counted_and_confirmed(
    http: httpx2.Client, service: FakeService
) -> None:
    service.smartadvocate.faults.add("insert_note", Before(RejectedBySmartAdvocateError("no")))
    service.send("m-50", minute=50, firm_id="north")
    service.work()
    counted = http.post("/v1/bulk", json={"kind": "replay", "firm_id": "north", "state": ["failed"]})
    assert (counted.status_code, counted.json()["state"]) == (201, "counted")
    assert counted.json()["counted"] >= 1
    path = counted.headers["location"]
    refused(http.post(f"{path}/confirm", json={"why": " "}), 422, "malformed")
    confirmed = http.post(f"{path}/confirm", json={"why": "it is mended"})
    assert (confirmed.status_code, confirmed.json()["state"]) == (202, "confirmed")
    assert http.get(path).headers["retry-after"] == "2"
    refused(http.post(f"{path}/confirm", json={"why": "again"}), 409, "already_decided")
    assert got(http, "/bulk", limit=1)["items"][0]["bulk_id"] == counted.json()["bulk_id"]
    assert http.post(f"{path}/cancel").json()["state"] == "cancelled"
    refused(http.post(f"{path}/cancel"), 409, "already_decided")
    refused(http.get("/v1/bulk/999999"), 404, "not_found")


def test_a_firm_is_paused_with_a_reason_and_resumed(http: httpx2.Client) -> None:
    until = "2026-11-10T00:00:00Z"
    paused = http.post("/v1/firms/south/pause", json={"until": until, "why": "they move their servers"})
    assert paused.json() == {"until": until}
    assert got(http, "/firms/south")["paused_until"] == until
    assert http.post("/v1/firms/south/resume").json() == {"resumed": True, "until": until}
    refused(
        http.post("/v1/firms/south/pause", json={"until": "2020-01-01T00:00:00Z", "why": "x"}),
        422,
        "configuration",
    )


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_time_beyond_the_calendar_is_a_wrong_field(http: httpx2.Client, time: str) -> None:
    for answer in (
        http.post("/v1/firms/south/pause", json={"until": time, "why": "x"}),
        http.post("/v1/firms/north/issues/mute", json={"kind": "contradicting_event", "until": time}),
        http.post("/v1/bulk", json={"kind": "replay", "since": time}),
        http.get("/v1/deliveries", params={"since": time}),
        http.get("/v1/firms/north/cases", params={"changed_after": time}),
    ):
        refused(answer, 422, "malformed")


@pytest.mark.parametrize("time", ["0.5", "1798761600", "2026-11-01", "tomorrow"])
def test_a_number_or_a_day_is_no_time(http: httpx2.Client, time: str) -> None:
    refused(http.get("/v1/deliveries", params={"since": time}), 422, "malformed")
    refused(http.get("/v1/firms/north/cases", params={"changed_after": time}), 422, "malformed")


def test_an_id_leads_to_the_whole_story(http: httpx2.Client) -> None:
    by_message = got(http, "/look-up", id="m-1")
    [delivery] = by_message["deliveries"]
    assert delivery["timeline"]
    [case] = by_message["cases"]
    assert case["case"]["case_integration_id"] == "300417"
    assert [change["field"] for change in case["changes"]] == ["stage"]
    assert {one["kind"] for one in case["announcements"]} >= {"case-imported", "message-synced"}
    assert got(http, "/look-up", id=delivery["stored_id"])["deliveries"] == [delivery]
    assert got(http, "/look-up", id="300417", firm_id="north")["cases"] == [case]
    [note] = got(http, "/look-up", id="note-1")["notes"]
    assert note["case_integration_id"] == "300417"
    [skipped] = got(http, "/look-up", id="300418", firm_id="north")["cases"]
    assert (skipped["case"], skipped["problem"]["reason"]) == (None, "practice_area_unmapped")
    assert got(http, "/look-up", id="nothing")["cases"] == []


def test_test_cases_are_tried(http: httpx2.Client) -> None:
    made = http.post("/v1/firms/north/verifications", json={"cases": ["300417", "300418"]})
    assert made.status_code == 201
    assert got(http, f"/verifications/{made.json()['verification_id']}") == made.json()
    assert got(http, "/firms/north/verifications")["items"][0] == made.json()
    refused(http.post("/v1/firms/north/verifications", json={"cases": ["300417"]}), 422, "configuration")


# --- an event that is only validated


def test_an_event_is_validated_and_not_taken(http: httpx2.Client, service: FakeService) -> None:
    before = (dict(service.store.tables.deliveries), dict(service.store.tables.rejected))
    good = event_body(message_data("m-77", firm_id="north"))
    headers = {"Content-Type": "application/cloudevents+json"}
    answer = http.post("/v1/events/validate", content=good, headers=headers)
    assert (answer.status_code, answer.json()["receipt"]) == (200, "valid")
    bad = event_body(message_data("m-77", firm_id="north", direction="sideways"))
    problem = refused(http.post("/v1/events/validate", content=bad, headers=headers), 422, "malformed")
    assert problem["errors"][0]["field"] == "data.direction"
    batch = b"[" + good + b"," + bad + b"]"
    batched = {"Content-Type": "application/cloudevents-batch+json"}
    both = http.post("/v1/events/validate", content=batch, headers=batched)
    assert (both.status_code, [one["status"] for one in both.json()["results"]]) == (207, [200, 422])
    assert (dict(service.store.tables.deliveries), dict(service.store.tables.rejected)) == before
    assert http.post("/v1/events", content=good, headers=headers).status_code == 202


# --- requests that come again


def test_a_request_that_comes_again_under_its_key_is_answered_and_not_carried_out_again(
    http: httpx2.Client, server: WebServer, service: FakeService
) -> None:
    headers = {"Idempotency-Key": '"once"'}
    first = http.post("/v1/firms/north/runs", json={}, headers=headers)
    again = http.post("/v1/firms/north/runs", json={}, headers={"Idempotency-Key": "once"})
    assert (again.status_code, again.json(), again.headers["location"]) == (
        202,
        first.json(),
        first.headers["location"],
    )
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    refused(http.post("/v1/firms/north/runs", json={"full": True}, headers=headers), 422, "key_reused")
    refused(http.post("/v1/firms/south/runs", json={}, headers=headers), 422, "key_reused")
    with client(server, "another-key-of-all") as other:
        theirs = other.post("/v1/firms/north/runs", json={}, headers=headers)
        assert theirs.json()["new"] is False
        assert "idempotent-replayed" not in theirs.headers
    refused(http.post("/v1/firms/north/runs", json={}, headers={"Idempotency-Key": ""}), 400, "malformed")
    http.post(f"/v1/runs/{first.json()['run_id']}/cancel")


def test_a_key_of_a_request_that_was_refused_is_free_again(http: httpx2.Client) -> None:
    headers = {"Idempotency-Key": "mended"}
    refused(http.post("/v1/firms/north/runs", json={"ful": 1}, headers=headers), 422, "malformed")
    refused(http.post("/v1/firms/nowhere/runs", json={}, headers=headers), 404, "firm_unknown")
    run = http.post("/v1/firms/north/runs", json={}, headers=headers)
    assert run.status_code == 202
    http.post(f"/v1/runs/{run.json()['run_id']}/cancel")


def test_a_request_under_way_is_not_carried_out_a_second_time(
    http: httpx2.Client, service: FakeService
) -> None:
    from core.actor import ALL_FIRMS, Actor, Role
    from tests.integration.v1_support import EVERYTHING

    actor = Actor("all", Role.SERVICE, ALL_FIRMS, EVERYTHING)
    import hashlib

    body = b"{}"
    told = f"POST /v1/firms/north/runs? {len(body)} ".encode() + body
    service.desk.answer_once.begin(actor, "slow", hashlib.sha256(told).digest())
    headers = {"Idempotency-Key": "slow", "Content-Type": "application/json"}
    answer = http.post("/v1/firms/north/runs", content=body, headers=headers)
    refused(answer, 409, "key_in_use")
    assert answer.headers["retry-after"] == "1"


# --- what is announced


def test_announcements_are_listed_followed_and_sent_again(http: httpx2.Client, service: FakeService) -> None:
    service.jobs_published()
    page = got(http, "/announcements", firm_id="north", case_integration_id="300417", kind="case-imported")
    [imported] = page["items"]
    assert imported["event"]["type"] == "case-imported"
    assert got(http, f"/announcements/{imported['announcement_id']}") == imported
    everything = got(http, "/changes", limit=500)
    assert imported["event"] in everything["items"]
    assert got(http, "/changes", after=everything["next"])["items"] == []
    sent = http.post(f"/v1/announcements/{imported['announcement_id']}/send")
    assert sent.status_code == 202
    assert got(http, "/changes", after=everything["next"])["items"] == []
    service.jobs_published()
    assert got(http, "/changes", after=everything["next"])["items"] == [imported["event"]]
    refused(http.post("/v1/announcements/999999/send"), 404, "not_found")


def test_a_key_follows_its_own_firms_alone(server: WebServer) -> None:
    with client(server, "key-of-south") as south:
        assert got(south, "/changes")["items"] == []
        assert got(south, "/announcements")["items"] == []


def test_what_is_announced_streams_and_goes_on_from_the_last_id(
    http: httpx2.Client, server: WebServer, service: FakeService
) -> None:
    service.jobs_published()
    events: list[dict[str, str]] = []
    with http.stream("GET", "/v1/changes/stream") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        lines = stream.iter_lines()
        first = _block(lines)
        assert first["retry"] == "1050"
        start = first["id"]
        service.smartadvocate.change_case("north", "300417", status="Treatment")
        service.start_sync(SYSTEM, service.store.tables.firms["north"])
        service.work()
        service.jobs_published()
        while not events or events[-1]["event"] != "sync-finished":
            events += [block] if "data" in (block := _block(lines)) else []
        while ":" not in (beat := _block(lines)):
            assert "data" not in beat
    assert [one["event"] for one in events][:1] == ["stage-changed"]
    told = json.loads(events[0]["data"])
    assert (told["type"], told["data"]["firm_id"]) == ("stage-changed", "north")
    with http.stream("GET", "/v1/changes/stream", headers={"Last-Event-ID": events[0]["id"]}) as stream:
        assert _block(stream.iter_lines())["id"] == events[1]["id"]
    with http.stream("GET", "/v1/changes/stream", params={"after": start}) as stream:
        assert _block(stream.iter_lines()) == events[0]
    refused(http.get("/v1/changes/stream", headers={"Last-Event-ID": "odd"}), 422, "malformed")


def _block(lines: Iterator[str]) -> dict[str, str]:
    block: dict[str, str] = {}
    for line in lines:
        if not line and block:
            return block
        if line:
            name, _, value = line.partition(":")
            block[name or ":"] = value.strip()
    return block


def test_streams_are_bounded_under_a_key_and_end_when_the_server_does(service: FakeService) -> None:
    ended = threading.Event()
    path = "/v1/changes/stream"
    with serving(service) as server, client(server) as http, client(server) as more:  # noqa: SIM117 - two servers' lives
        with http.stream("GET", path) as one, http.stream("GET", path):
            answer = more.get("/v1/changes/stream")
            refused(answer, 503, Reason.TOO_BUSY)
            assert answer.headers["retry-after"]
            with (
                client(server, "another-key-of-all") as other,
                other.stream("GET", "/v1/changes/stream") as s,
            ):
                assert s.status_code == 200

            def read() -> None:
                for _ in one.iter_lines():
                    pass
                ended.set()

            reader = threading.Thread(target=read)
            reader.start()
            server.ask_to_stop()
            assert ended.wait(10)
            reader.join()


def test_a_key_that_is_taken_away_ends_its_streams_however_much_there_is_to_tell() -> None:
    service, ended = FakeService(), threading.Event()
    actor = Actor("gone soon", Role.SERVICE, ALL_FIRMS, frozenset({Power.LOOK}))
    known: list[Actor | None] = [actor]
    keys = ApiKeys(
        [], lambda _: known[0], itertools.count(step=10).__next__
    )  # nothing is remembered for long
    limits = StreamLimits(every_s=0.05, heartbeat_s=3600)  # as where something is announced all the time
    app = create_app(service.desk, keys, {}, secure=False, guard=UNHURRIED, stream_limits=limits)
    with running(app) as server, client(server) as http, http.stream("GET", "/v1/changes/stream") as stream:
        lines = stream.iter_lines()
        assert _block(lines)["retry"]

        def read() -> None:
            for _ in lines:
                pass
            ended.set()

        reader = threading.Thread(target=read)
        reader.start()
        known[0] = None
        assert ended.wait(10)
        reader.join()


# --- how casebridge is doing, and what people ask of a firm


def test_processes_and_timed_jobs_are_for_keys_of_all_firms(
    http: httpx2.Client, server: WebServer, service: FakeService
) -> None:
    with service.store.unit_of_work() as uow:
        number = uow.processes.begin(AboutProcess(ProcessKind.WORKER, "host-7", "1.2", 4))
        uow.commit()
    processes = {one["process_id"]: one for one in got(http, "/processes")["items"]}
    one = processes[str(number)]
    assert (one["kind"], one["host"], one["threads"], one["gone_at"]) == ("worker", "host-7", 4, None)
    assert (one["jobs"], one["busy"]) == ([], 0)
    jobs = {job["name"]: job for job in got(http, "/schedules")["items"]}
    assert jobs["sync-messages"]["rhythm"] == "every 2 minutes"
    assert jobs["sync-cases"]["rhythm"].startswith("every day from 21:15 UTC")
    assert jobs["sync-cases"]["next_at"].endswith("T21:15:00Z")
    with client(server, "key-of-north") as north:
        for path in ("/v1/processes", "/v1/schedules"):
            refused(north.get(path), 403, "not_allowed")


def test_exception_reports_are_listed_and_read_as_json_and_csv(http: httpx2.Client) -> None:
    [day] = got(http, "/firms/north/exception-reports")["items"]
    report = got(http, f"/firms/north/exception-reports/{day}")
    assert (report["day"], report["cases"], report["by_reason"]) == (day, 1, {"no_client": 1})
    assert report["listed"][0]["client"] == "A Client"
    table = http.get(f"/v1/firms/north/exception-reports/{day}/cases.csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.text.startswith("\ufeffcase number,in Case Status,")
    assert "A Client" not in table.text
    refused(http.get("/v1/firms/north/exception-reports/2001-01-01"), 404, "not_found")
    refused(http.get("/v1/firms/north/exception-reports/yesterday"), 422, "malformed")
    refused(http.get("/v1/firms/nowhere/exception-reports"), 404, "firm_unknown")


def test_why_a_case_is_not_here_is_answered_by_whatever_is_at_hand(http: httpx2.Client) -> None:
    path = "/firms/north/why-not-here"
    [here] = got(http, path, case="300417")["items"]
    assert (here["absence"], here["case_integration_id"]) == ("here", "300417")
    assert here["case"]["readable_id"]
    page = "https://sa.firm.test/Case.aspx?caseID=300418"
    [skipped] = got(http, path, case=page)["items"]
    assert (skipped["absence"], skipped["problem"]["reason"]) == ("skipped", "practice_area_unmapped")
    assert skipped["problem"]["next_step"]
    [unknown] = got(http, path, case="nobody at all")["items"]
    assert (unknown["case_integration_id"], unknown["case"], unknown["seen"]) == (None, None, None)
    refused(http.get(f"/v1{path}", params={"case": " "}), 422, "configuration")


def test_a_profile_is_shown_key_by_key_and_tried_without_being_saved(http: httpx2.Client) -> None:
    keys = {key["name"]: key for key in got(http, "/firms/south/profile/keys")["items"]}
    assert keys["zone"]["what"]
    assert keys["zone"]["example"]
    assert (keys["zone"]["own"], keys["zone"]["value"]) == (False, keys["zone"]["default"])
    tried = http.post("/v1/firms/south/profile/trial", json={"values": {"zone": "America/Chicago"}}).json()
    assert list(tried["changed"]) == ["zone"]
    assert tried["untried"] == "not_connected"
    assert got(http, "/firms/south/profile") == {"values": {}}
    wrong = http.post("/v1/firms/south/profile/trial", json={"values": {"zone": "Nowhere/Land"}})
    refused(wrong, 422, "configuration")
