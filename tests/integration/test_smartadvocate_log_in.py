"""Log-in by user name and password."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.http.client import HttpClient, open_http_client
from adapters.http.limits import Limits
from adapters.smartadvocate.auth import PasswordLogIn
from core.credentials import PasswordCredentials
from core.errors import ConnectionRejectedError, RateLimitedError, TransientError, UnreadableAnswerError
from core.firm import Firm
from core.usecases.keep_tokens import PAUSE_AFTER_REJECTION, StoredTokens
from sandbox.options import SandboxOptions
from sandbox.server import SandboxServer
from tests.fakes.clock import FakeClock
from tests.fakes.connections import FakeConnections
from tests.integration.smartadvocate_raw_server import Behaviour, Hang, Raw, RawServer, Received, Reply
from tests.loopback import bare_tls, loopback

PASSWORD = "correct-horse-battery"
USER = "sync.service"


def a_jwt(life: int = 7200, serial: int = 0, issued: int = 1_700_000_000) -> str:
    claims = {"id": "411", "iat": issued, "exp": issued + life, "serial": serial}
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=').decode()}.c2ln"


class Gate:
    """A firm's log-in: counts what arrives, and answers with a new token each time unless told otherwise."""

    def __init__(self, http: HttpClient) -> None:
        self.answer: Callable[[Received], Behaviour] = self.issue
        self.life = 7200
        self.server = RawServer(self._answer)
        self.clock = FakeClock()
        self.connections = FakeConnections(self.clock)
        self.put("north", USER, PASSWORD)
        self.tokens = self.logging_in(http, Limits(read=1.0))

    def put(self, firm_id: str, username: str, password: str) -> None:
        self.connections.put(firm_id, "", PasswordCredentials(username, password))

    def logging_in(self, http: HttpClient, limits: Limits | None = None) -> StoredTokens:
        log_in = PasswordLogIn(http, self.clock, limits=limits or Limits())
        return StoredTokens(self.connections, {PasswordCredentials: log_in})

    @property
    def firm(self) -> Firm:
        return Firm("north", "North", base_url=self.server.base_url)

    @property
    def count(self) -> int:
        return len(self.server.log_ins)

    def _answer(self, request: Received) -> Behaviour:
        return self.answer(request)

    def issue(self, _: Received) -> Behaviour:
        return Reply(body={"username": USER, "userID": 411, "token": a_jwt(self.life, self.count)})


@pytest.fixture(scope="module")
def http() -> Iterator[HttpClient]:
    with open_http_client(loopback(), tls=bare_tls()) as client:
        yield client


@pytest.fixture
def gate(http: HttpClient) -> Iterator[Gate]:
    gate = Gate(http)
    with gate.server:
        yield gate


def test_a_log_in_sends_the_credentials_and_no_token(gate: Gate) -> None:
    assert gate.tokens.token(gate.firm) == a_jwt(serial=1)
    [request] = gate.server.log_ins
    assert request.verb == "POST"
    assert request.json == {"Username": USER, "Password": PASSWORD}
    assert "authorization" not in request.headers


def test_a_token_is_used_until_shortly_before_it_expires(gate: Gate) -> None:
    first = gate.tokens.token(gate.firm)
    gate.clock.advance(timedelta(seconds=6425))  # a firm renews up to a tenth earlier than after 7,140 s
    assert gate.tokens.token(gate.firm) == first
    gate.clock.advance(timedelta(seconds=716))
    assert gate.tokens.token(gate.firm) != first
    assert gate.count == 2


def test_a_short_token_is_used_for_most_of_its_life(gate: Gate) -> None:
    gate.life = 10
    first = gate.tokens.token(gate.firm)
    gate.clock.advance(timedelta(seconds=8))
    assert gate.tokens.token(gate.firm) == first
    gate.clock.advance(timedelta(seconds=1))
    assert gate.tokens.token(gate.firm) != first


def test_threads_share_one_log_in(gate: Gate) -> None:
    all_here = threading.Barrier(8)

    def ask(_: int) -> str:
        all_here.wait(10)
        return gate.tokens.token(gate.firm)

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(ask, range(8)))) == 1
    assert gate.count == 1


def test_one_firms_slow_log_in_does_not_hold_up_another(gate: Gate, http: HttpClient) -> None:
    gate.put("south", "south.user", PASSWORD)
    south = Firm("south", "South", base_url=gate.server.base_url)
    waiting, released = threading.Event(), threading.Event()

    def answer(request: Received) -> Behaviour:
        if request.json["Username"] == USER:
            waiting.set()
            released.wait(5)
        return gate.issue(request)

    gate.answer = answer
    gate.tokens = gate.logging_in(http)
    with ThreadPoolExecutor(1) as threads:
        north = threads.submit(gate.tokens.token, gate.firm)
        assert waiting.wait(5)
        assert gate.tokens.token(south)
        assert not north.done()
        released.set()
        assert north.result(5)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_rejected_log_in_says_reconnect_and_never_the_password(gate: Gate, status: int) -> None:
    said = {"message": f"User {USER} with password {PASSWORD} is unknown"}
    gate.answer = lambda _: Reply(status, said)
    with pytest.raises(ConnectionRejectedError, match="north") as caught:
        gate.tokens.token(gate.firm)
    shown = f"{caught.value!s} {caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
    assert PASSWORD not in shown
    assert USER not in shown
    assert str(status) in shown


@pytest.mark.parametrize(
    "echo",
    [
        lambda request: request.body,
        lambda request: request.body.decode().upper(),
        lambda request: f"<pre>{request.body.decode()}</pre>",
        lambda request: {"title": "Unauthorized", "detail": request.json["Password"]},
        lambda request: {"errors": {"Password": [request.json["Password"]]}},
    ],
)
def test_a_server_that_echoes_the_log_in_gives_nothing_away(
    gate: Gate, echo: Callable[[Received], bytes | str | dict[str, Any]]
) -> None:
    gate.answer = lambda request: Reply(401, echo(request))
    with pytest.raises(ConnectionRejectedError) as caught:
        gate.tokens.token(gate.firm)
    for secret in (PASSWORD, "horse", "battery"):
        assert secret not in str(caught.value).lower()


@pytest.mark.parametrize(
    "page",
    [
        Reply(403, "<html>blocked</html>"),
        Reply(403, "\ufeff \r\n<!DOCTYPE html>"),
        Reply(403, "blocked", {"Content-Type": "text/html; charset=utf-8"}),
        Reply(302, "", {"Location": "/maintenance"}),
        Reply(501),
    ],
)
def test_a_page_of_somebody_else_stops_nobody_whose_token_is_good(gate: Gate, page: Reply) -> None:
    gate.life = 100
    token = gate.tokens.token(gate.firm)
    gate.answer = lambda _: page
    gate.clock.advance(timedelta(seconds=95))
    assert [gate.tokens.token(gate.firm) for _ in range(3)] == [token] * 3
    assert gate.count == 2


def test_the_servers_reason_is_kept(gate: Gate) -> None:
    gate.answer = lambda _: Reply(401, {"message": "The account is locked until tomorrow."})
    with pytest.raises(ConnectionRejectedError, match="The account is locked until tomorrow"):
        gate.tokens.token(gate.firm)


def test_a_rejected_log_in_is_not_hammered(gate: Gate) -> None:
    gate.answer = lambda _: Reply(401)
    for _ in range(5):
        with pytest.raises(ConnectionRejectedError):
            gate.tokens.token(gate.firm)
    assert gate.count == 1
    gate.clock.advance(PAUSE_AFTER_REJECTION)
    with pytest.raises(ConnectionRejectedError):
        gate.tokens.token(gate.firm)
    assert gate.count == 2


def test_new_credentials_are_tried_at_once(gate: Gate) -> None:
    gate.answer = lambda request: gate.issue(request) if request.json["Password"] == "new" else Reply(401)
    with pytest.raises(ConnectionRejectedError):
        gate.tokens.token(gate.firm)
    gate.put("north", USER, "new")
    assert gate.tokens.token(gate.firm)


def test_without_credentials_the_firm_is_told_to_connect(gate: Gate) -> None:
    firm = Firm("south", "South", base_url=gate.server.base_url)
    with pytest.raises(ConnectionRejectedError, match="south"):
        gate.tokens.token(firm)
    gate.put("south", USER, PASSWORD)
    assert gate.tokens.token(firm)


@pytest.mark.parametrize("behaviour", [Reply(500), Reply(503), Raw(b""), Hang()])
def test_a_broken_log_in_is_transient_and_queued_threads_share_the_failure(
    gate: Gate, behaviour: Behaviour
) -> None:
    gate.answer = lambda _: behaviour

    def ask(_: int) -> None:
        with pytest.raises(TransientError):
            gate.tokens.token(gate.firm)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(ask, range(4)))
    assert gate.count == 1
    gate.answer = gate.issue
    gate.clock.advance(timedelta(seconds=5))
    assert gate.tokens.token(gate.firm)


def test_a_rate_limited_log_in_waits_as_long_as_it_was_told(gate: Gate) -> None:
    gate.answer = lambda _: Reply(429, "", {"Retry-After": "40"})
    with pytest.raises(RateLimitedError):
        gate.tokens.token(gate.firm)
    gate.answer = gate.issue
    gate.clock.advance(timedelta(seconds=10))
    with pytest.raises(RateLimitedError) as caught:
        gate.tokens.token(gate.firm)
    assert caught.value.retry_after == timedelta(seconds=30)
    gate.clock.advance(timedelta(seconds=30))
    assert gate.tokens.token(gate.firm)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "[]",
        {"token": ""},
        {"token": 5},
        {"accessToken": "x"},
        {"token": "a\r\nX: y"},
        {"token": "é"},
    ],
)
def test_an_answer_without_a_usable_token_is_unreadable(gate: Gate, body: Any) -> None:
    gate.answer = lambda _: Reply(body=body)
    with pytest.raises(UnreadableAnswerError, match="log in"):
        gate.tokens.token(gate.firm)


def test_a_token_never_goes_to_an_address_it_was_not_issued_by(gate: Gate, http: HttpClient) -> None:
    first = gate.tokens.token(gate.firm)
    other = Gate(http)
    with other.server:
        moved = Firm("north", "North", base_url=other.server.base_url)
        other.answer = lambda _: Reply(body={"token": "another"})
        assert gate.tokens.token(moved) == "another"
        assert other.count == 1
    assert first != "another"


def test_a_firm_that_connected_anew_logs_in_again_in_every_process(gate: Gate, http: HttpClient) -> None:
    elsewhere = gate.logging_in(http)
    first = gate.tokens.token(gate.firm)
    assert elsewhere.token(gate.firm) == first
    gate.put("north", "another.user", PASSWORD)
    second = gate.tokens.token(gate.firm)
    assert second != first
    assert elsewhere.token(gate.firm) == second
    assert [request.json["Username"] for request in gate.server.log_ins] == [USER, "another.user"]


def test_the_sandboxs_token_life_is_obeyed_and_a_wrong_password_rejected(http: HttpClient) -> None:
    clock = FakeClock(datetime.now(UTC))
    connections = FakeConnections(clock)
    connections.put("north", "", PasswordCredentials("firm1", "sandbox"))
    with SandboxServer(SandboxOptions(cases=1, token_life_s=100)) as sandbox:
        tokens = StoredTokens(connections, {PasswordCredentials: PasswordLogIn(http, clock)})
        north = Firm("north", "North", base_url=sandbox.base_url)
        first = tokens.token(north)
        clock.advance(timedelta(seconds=80))
        assert tokens.token(north) == first
        clock.advance(timedelta(seconds=11))
        assert tokens.token(north) != first
        for fault in ([], [{"name": "login_400"}]):
            http.put(f"{sandbox.url}/_sandbox/faults", json=fault).raise_for_status()
            connections.put("south", "", PasswordCredentials("firm1", "wrong"))
            with pytest.raises(ConnectionRejectedError):
                tokens.token(Firm("south", "South", base_url=sandbox.base_url))
