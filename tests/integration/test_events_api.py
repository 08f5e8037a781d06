"""`POST /v1/events` as programs of several firms meet it, over a socket and on fakes behind it."""

from collections.abc import Iterator

import httpx2
import pytest
from typer.testing import CliRunner

from adapters.cli.app import build
from adapters.cli.cli import Cli
from adapters.web.api.keys import ApiKeys
from adapters.web.app import create_app
from adapters.web.server import WebServer
from bootstrap.command_line import ProcessesOf
from core.actor import ALL_FIRMS, Actor, Power, Role
from tests.fakes.samples import a_firm, event_body, message_data
from tests.fakes.service import FakeService

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


@pytest.fixture
def service() -> FakeService:
    service = FakeService()
    service.with_firm(a_firm("north"), "300417")
    return service


@pytest.fixture
def http(service: FakeService) -> Iterator[httpx2.Client]:
    server = WebServer(create_app(service.desk, KEYS, {}, secure=False), "127.0.0.1", 0)
    server.start()
    with httpx2.Client(base_url=server.url, trust_env=False) as client:
        yield client
    server.stop()


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
