"""`POST /v1/events` as programs of several firms meet it, over a socket and on fakes behind it."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import httpx2
import pytest
import structlog
from typer.testing import CliRunner

from adapters.cli.app import build
from adapters.cli.cli import Cli
from adapters.web.api.event_request import MAX_BATCH_BYTES, MAX_BATCH_EVENTS
from adapters.web.api.keys import ApiKeys
from adapters.web.app import create_app
from adapters.web.server import WebServer
from bootstrap.command_line import ProcessesOf
from core.actor import ALL_FIRMS, Actor, Power, Role
from core.event import MAX_DOCUMENT_BYTES, MAX_EVENT_BYTES, EventKind
from core.usecases.receive_events import Incoming, ReceiveEvents, Verdict
from tests.fakes.samples import a_firm, document_data, event_body, message_data
from tests.fakes.service import FakeService
from tests.fakes.tables import Tables

SECRET = "what a client of north wrote"
EVENTS = frozenset({Power.SEND_EVENTS})
KEYS = ApiKeys(
    [
        (Actor("portal", Role.SERVICE, frozenset({"south"}), EVENTS), "key-of-south"),
        (Actor("reports", Role.SERVICE, ALL_FIRMS, frozenset({Power.LOOK})), "key-that-looks"),
        (Actor("upstream", Role.SERVICE, ALL_FIRMS, EVENTS), "key-of-all"),
    ]
)
BODY = event_body(message_data("m-1", firm_id="north", text=SECRET))


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[FakeService, str]]:
    """A service, and where its server is; each test finds it as good as new."""
    service = FakeService()
    server = WebServer(create_app(service.desk, KEYS, {}, secure=False), "127.0.0.1", 0)
    server.start()
    yield service, server.url
    server.stop()


@pytest.fixture
def service(house: tuple[FakeService, str]) -> FakeService:
    service, _ = house
    service.store.tables = Tables()
    service.with_firm(a_firm("north"), "300417")
    return service


@pytest.fixture
def http(house: tuple[FakeService, str], service: FakeService) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=house[1], trust_env=False, verify=False, timeout=60) as client:
        yield client


def post(http: httpx2.Client, key: str) -> httpx2.Response:
    return http.post("/v1/events", content=BODY, headers={"Authorization": f"Bearer {key}"})


def test_a_key_of_another_firm_is_refused_and_the_event_kept_without_its_text(
    http: httpx2.Client, service: FakeService
) -> None:
    answer = post(http, "key-of-south")
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    problem = answer.json()
    assert (problem["reason"], problem["status"]) == ("firm_not_allowed", 403)
    [kept] = service.store.tables.rejected.values()
    assert (kept.channel, kept.reason, kept.body, kept.size) == ("http", "firm_not_allowed", None, len(BODY))
    assert "portal" in kept.detail
    assert "'north'" in kept.detail
    for told in (answer.text, kept.detail):
        assert SECRET not in told
        assert "key-of-south" not in told
    assert not service.store.tables.deliveries


def test_what_was_refused_is_listed_and_said_to_be_beyond_a_replay(
    http: httpx2.Client, service: FakeService
) -> None:
    post(http, "key-of-south")
    [event_id] = service.store.tables.rejected
    manager = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)
    app = build(Cli(lambda: service.desk, lambda: manager, ProcessesOf(None)))
    listed = CliRunner().invoke(app, ["events", "rejected", "--json"]).stdout
    assert '"reason": "firm_not_allowed"' in listed
    assert '"replayable": false' in listed
    replayed = CliRunner().invoke(app, ["events", "replay", str(event_id)]).stdout
    assert "0 accepted, 0 still rejected" in replayed
    assert f"not possible for {event_id}: no body is kept" in replayed


def test_a_key_without_the_scope_is_refused_and_nothing_kept(
    http: httpx2.Client, service: FakeService
) -> None:
    answer = post(http, "key-that-looks")
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert answer.json()["reason"] == "not_allowed"
    assert not service.store.tables.rejected
    assert not service.store.tables.deliveries


@pytest.mark.parametrize("key", ["nobody", "wrong", "key-of-sout"])
def test_a_wrong_key_is_nobodys(http: httpx2.Client, service: FakeService, key: str) -> None:
    assert post(http, key).status_code == 401
    assert not service.store.tables.rejected


def test_a_key_of_the_firm_or_of_all_is_taken(http: httpx2.Client, service: FakeService) -> None:
    assert post(http, "key-of-all").status_code == 202
    assert post(http, "key-of-all").status_code == 200
    assert len(service.store.tables.deliveries) == 1


def test_the_document_of_the_api_says_so(http: httpx2.Client) -> None:
    answers = http.get("/openapi.json").json()["paths"]["/v1/events"]["post"]["responses"]
    assert "does not reach" in answers["403"]["description"]
    assert {"200", "202", "401", "403", "409", "413", "422", "503"} <= answers.keys()


# --- who asks (RFC 9110, RFC 6750)


def ask(http: httpx2.Client, *values: bytes, body: bytes = BODY) -> httpx2.Response:
    return http.post("/v1/events", content=body, headers=[(b"Authorization", value) for value in values])


@pytest.mark.parametrize(
    "value",
    [
        b"Bearer key-of-all",
        b"bearer key-of-all",
        b"BEARER key-of-all",
        b"bEaReR    key-of-all",
    ],
)
def test_the_scheme_is_the_same_in_any_letter_case(http: httpx2.Client, value: bytes) -> None:
    assert ask(http, value).status_code == 202


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (b"key-of-all", None),
        (b"", None),
        (b"Basic key-of-all", None),
        (b"Bearerkey-of-all", None),
        (b"Bearer\tkey-of-all", None),
        (b"Bearer:key-of-all", None),
        (b"Bearer", "invalid_token"),
        (b"Bearer key-of-sout", "invalid_token"),
        (b"Bearer KEY-OF-ALL", "invalid_token"),
        (b"Bearer key-of-all, Bearer key-of-all", "invalid_token"),
        (b"Bearer Bearer key-of-all", "invalid_token"),
        (b'Bearer "key-of-all"', "invalid_token"),
        (b"Bearer \xe9", "invalid_token"),
        (b"Bearer " + b"x" * 20_000, "invalid_token"),
    ],
)
def test_a_key_without_its_scheme_or_a_wrong_one_is_challenged(
    http: httpx2.Client, service: FakeService, value: bytes, error: str | None
) -> None:
    answer = ask(http, value)
    challenge = answer.headers["www-authenticate"]
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert challenge.startswith('Bearer realm="casebridge"')
    assert (f'error="{error}"' in challenge) if error else ("error" not in challenge)
    assert "key-of-all" not in answer.text + challenge
    assert not service.store.tables.rejected


def test_nobody_is_challenged_without_an_error_and_several_are_a_bad_request(http: httpx2.Client) -> None:
    nobody = ask(http)
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, 'Bearer realm="casebridge"')
    several = ask(http, b"Bearer key-of-all", b"Bearer key-of-all")
    assert several.status_code == 400
    assert 'error="invalid_request"' in several.headers["www-authenticate"]


def test_a_key_without_the_scope_is_told_which_it_lacks_before_its_body_is_read(http: httpx2.Client) -> None:
    answer = ask(http, b"Bearer key-that-looks", body=b"x" * 1_000_000)
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert 'scope="events"' in answer.headers["www-authenticate"]


# --- modes


def send(http: httpx2.Client, body: bytes, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.post("/v1/events", content=body, headers={"Authorization": "Bearer key-of-all", **named})


BATCH = "application/cloudevents-batch+json; charset=utf-8"


def batch(*bodies: bytes) -> bytes:
    return b"[" + b", ".join(bodies) + b"]"


def test_an_event_in_binary_mode_is_recorded_and_known_in_structured_mode(http: httpx2.Client) -> None:
    event = json.loads(BODY)
    data = json.dumps(event.pop("data")).encode()
    attributes = {f"ce-{name}": value for name, value in event.items()}
    assert send(http, data, **attributes, content_type="application/json").status_code == 202
    assert send(http, BODY, content_type="application/cloudevents+json").status_code == 200
    assert (
        send(http, data, **attributes | {"ce-subject": "1"}, content_type="application/json").status_code
        == 422
    )


def test_each_event_of_a_batch_has_its_own_answer(http: httpx2.Client, service: FakeService) -> None:
    other = event_body(message_data("m-2", sent_at="0001-01-01T00:00:00Z", direction="sideways"))
    changed = event_body(message_data("m-1", text="other words"))
    answer = send(http, batch(BODY, other, BODY, changed, b'{"a": tru}'), content_type=BATCH)
    assert answer.status_code == 207
    results = answer.json()["results"]
    assert [(result["index"], result["status"]) for result in results] == [
        (0, 202),
        (1, 422),
        (2, 200),
        (3, 409),
        (4, 422),
    ]
    assert results[0] == {
        "index": 0,
        "status": 202,
        "receipt": "recorded",
        "kind": "message-sent",
        "subject_id": "m-1",
    }
    assert [fault["field"] for fault in results[1]["errors"]] == ["data.direction", "data.sent_at"]
    assert len(service.store.tables.deliveries) == 1
    assert len(service.store.tables.rejected) == 2


def test_a_batch_that_is_well_is_answered_as_one_event_is(http: httpx2.Client) -> None:
    two = batch(BODY, event_body(message_data("m-2")))
    assert send(http, two, content_type=BATCH).status_code == 202
    assert send(http, two, content_type=BATCH).status_code == 200
    assert send(http, b"[]", content_type=BATCH).json() == {"results": []}


def test_what_is_no_batch_is_kept_with_its_reason(http: httpx2.Client, service: FakeService) -> None:
    answer = send(http, BODY, content_type=BATCH)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body")
    [kept] = service.store.tables.rejected.values()
    assert kept.body == BODY
    too_many = send(http, batch(*[b"1"] * (MAX_BATCH_EVENTS + 1)), content_type=BATCH)
    assert (too_many.status_code, too_many.json()["reason"]) == (422, "oversized")


def test_a_body_may_be_as_long_as_its_mode_allows_and_no_longer(http: httpx2.Client) -> None:
    one = BODY + b" " * (MAX_EVENT_BYTES - len(BODY))
    assert send(http, one).status_code == 202
    assert send(http, one + b" ").status_code == 413
    assert send(http, b"[" + one + b"]", content_type=BATCH).status_code == 200
    assert send(http, b"[" + b" " * MAX_BATCH_BYTES + b"]", content_type=BATCH).status_code == 413


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "application/cloudevents+avro"},
        {"content_type": "application/cloudevents-batch+xml"},
        {"content_encoding": "gzip"},
    ],
)
def test_another_format_or_coding_is_an_unsupported_media_type(
    http: httpx2.Client, service: FakeService, headers: dict[str, str]
) -> None:
    answer = send(http, BODY, **headers)
    assert (answer.status_code, answer.headers["content-type"]) == (415, "application/problem+json")
    assert not service.store.tables.deliveries


def test_an_event_that_breaks_the_store_costs_itself_alone(http: httpx2.Client, service: FakeService) -> None:
    known = service.store.unit_of_work

    def record(actor: Actor, events: Sequence[Incoming]) -> list[Verdict]:
        if any(b"m-2" in event.body for event in events):
            raise LookupError(SECRET)
        return ReceiveEvents(known, service.clock)(actor, events)

    app = create_app(replace(service.desk, receive_events=record), KEYS, {}, secure=False)  # type: ignore[arg-type]  # it records the calls
    server = WebServer(app, "127.0.0.1", 0)
    server.start()
    with (
        structlog.testing.capture_logs() as logs,
        httpx2.Client(base_url=server.url, trust_env=False, verify=False) as client,
    ):
        three = batch(BODY, event_body(message_data("m-2")), event_body(message_data("m-3")))
        answer = send(client, three, content_type=BATCH)
        alone = send(client, event_body(message_data("m-2")))
    server.stop()
    assert [result["status"] for result in answer.json()["results"]] == [202, 500, 202]
    assert (alone.status_code, alone.json()["reason"]) == (500, "unexpected_error")
    assert "LookupError" in str(logs)
    assert SECRET not in str(logs) + answer.text + alone.text


# --- what it says


def test_every_field_that_is_wrong_is_in_the_answer_at_once(
    http: httpx2.Client, service: FakeService
) -> None:
    answer = send(
        http,
        event_body(message_data(direction="up", sent_at="9999-12-31T23:59:59Z", text=SECRET, message_id="")),
    )
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == [
        "data.message_id",
        "data.direction",
        "data.sent_at",
    ]
    assert SECRET not in answer.text
    [kept] = service.store.tables.rejected.values()
    assert kept.detail == answer.json()["detail"]


def test_a_contradiction_names_what_it_contradicts(http: httpx2.Client) -> None:
    send(http, BODY)
    problem = send(http, event_body(message_data("m-1", text="other words"))).json()
    assert (
        problem.items()
        >= {
            "status": 409,
            "reason": "contradictory",
            "kind": "message-sent",
            "subject_id": "m-1",
            "firm_id": "north",
            "case_integration_id": "300417",
            "event_id": "event-m-1",
        }.items()
    )
    assert "'m-1' of firm 'north'" in problem["detail"]


@pytest.mark.parametrize("size", ["1" + "0" * 20, "1" + "0" * 300, "1e300"])
def test_an_impossible_size_is_refused_with_the_limit(http: httpx2.Client, size: str) -> None:
    body = event_body(document_data(size=77777), EventKind.DOCUMENT_UPLOADED).replace(b"77777", size.encode())
    answer = send(http, body)
    assert (answer.status_code, answer.json()["reason"]) == (422, "oversized")
    assert str(MAX_DOCUMENT_BYTES) in answer.json()["detail"]


def test_the_documents_page_needs_nothing_but_this_server(http: httpx2.Client) -> None:
    page = http.get("/docs")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    parts = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert "docs/swagger-ui-bundle.js" in parts
    assert not re.search(r"<script(?! src=)|<style| style=| on\w+=", page.text)
    for part in parts:
        if not part.startswith("data:"):
            file = http.get(f"/{part}")
            assert file.status_code == 200
            assert file.headers["content-type"].split(";")[0] in {
                "text/css",
                "text/javascript",
                "application/json",
            }
    for elsewhere in ("/docs/README.md", "/docs/../keys.py", "/docs/%2e%2e%2fkeys.py", "/docs/NOTICE"):
        assert http.get(elsewhere).status_code == 404
