"""The authorization server's answers: whatever the status and the body, an error of ours or a token."""

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, unquote_plus

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.client import HttpClient, ThreadsTransport
from adapters.smartadvocate.caller import Caller
from adapters.smartadvocate.client import SmartAdvocate
from adapters.smartadvocate.hosts import smartadvocate_hosts
from adapters.smartadvocate.oauth import SmartAdvocateOAuth
from adapters.smartadvocate.oauth_endpoints import OAuthSettings
from core.consent import ConsentFailedError
from core.credentials import Issued, OAuthCredentials
from core.errors import (
    AnswerLostError,
    CasebridgeError,
    ConfigurationError,
    ConnectionRejectedError,
    RateLimitedError,
    TransientError,
)
from core.firm import Firm
from core.reason import Reason
from core.usecases.keep_tokens import PAUSE_AFTER_FAILURE, StoredTokens
from tests.fakes import FakeClock, FakeConnections
from tests.fakes.tokens import FakeTokens

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
HOST = "sa.quill.test"
FIRM = Firm("north", "North", base_url=f"http://{HOST}/CaseSyncAPI/")
SETTINGS = OAuthSettings(
    "casebridge",
    "the-secret",
    f"http://{HOST}/oauth/authorize",
    f"http://{HOST}/oauth/token",
    f"http://{HOST}/oauth/revoke",
)
GRANT = OAuthCredentials("the-refresh-token")
TOKEN = {"access_token": "t1", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r2"}
Handler = Callable[[httpx2.Request], httpx2.Response]


class Bench:
    """An authorization server that answers as told, and what casebridge has for it."""

    def __init__(self, handler: Handler, settings: OAuthSettings = SETTINGS) -> None:
        self.requests: list[httpx2.Request] = []

        def handle(request: httpx2.Request) -> httpx2.Response:
            request.read()
            self.requests.append(request)
            return handler(request)

        self.clock = FakeClock()
        self.http = HttpClient(ThreadsTransport(lambda: httpx2.MockTransport(handle)))
        hosts = smartadvocate_hosts(http_hosts={HOST})
        self.oauth = SmartAdvocateOAuth(self.http, settings, hosts, self.clock)

    @property
    def form(self) -> dict[str, str]:
        """The last one that was sent."""
        sent = parse_qs(self.requests[-1].content.decode(), keep_blank_values=True)
        return {name: value for name, [value] in sent.items()}

    def renew(self) -> Issued:
        return self.oauth.issue(FIRM, GRANT)

    def exchange(self) -> Issued:
        return self.oauth.exchange(FIRM, "http://127.0.0.1/oauth/callback", "code", "v" * 43)

    def revoke(self) -> bool:
        return self.oauth.revoke(FIRM, GRANT, "t1")

    def search(self) -> object:
        caller = Caller(self.http, FakeTokens(), self.clock, allow_http_hosts={HOST})
        return SmartAdvocate(caller).search_cases(FIRM, NOON, NOON, 0)


def always(status: int, body: bytes = b"", **headers: str) -> Handler:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx2.Response(status, content=body, headers=named)


def answering(content: object, status: int = 200) -> Handler:
    return always(status, json.dumps(content).encode())


STATUSES = [
    *(200, 201, 202, 204, 206, 301, 302, 304, 400, 401, 403, 404, 408, 409, 410, 418, 421, 425, 429, 451),
    *(500, 501, 503, 511, 599),
]
BODIES: dict[str, bytes] = {
    "empty": b"",
    "blanks": b" \r\n",
    "a page": b"<html><title>blocked</title></html>",
    "text": b"invalid_grant",
    "a string": b'"invalid_grant"',
    "a number": b"5",
    "null": b"null",
    "a list": b"[]",
    "an object": b"{}",
    "a message": b'{"message": "busy"}',
    "another error": b'{"error": {"code": "invalid_grant"}}',
    "no error": b'{"error": null}',
    "an odd error": b'{"error": "\\ud83d <script>"}',
    "invalid client": b'{"error": "invalid_client"}',
    "broken off": b'{"access_token": "t',
    "broken text": b"\xff\xfe\x00\xd8",
    "utf-16": '{"error": "server_error"}'.encode("utf-16"),
    "deep": b"[" * 50_000,
    "deep within": b'{"access_token":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "numbers": b'{"access_token": "t", "expires_in": 1e999}',
    "digits": b'{"access_token": "t", "expires_in": ' + b"9" * 10_000 + b"}",
    "quoted digits": b'{"access_token": "t", "expires_in": "' + b"9" * 10_000 + b'"}',
    "not a number": b'{"access_token": "t", "expires_in": NaN, "expires_at": "soon"}',
    "odd types": b'{"access_token": {}, "token_type": 5, "refresh_token": [], "expires_in": {}}',
    "a header's end": b'{"access_token": "a\\r\\nX: y"}',
    "large": b"x " * 150_000,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_foreign_exception_comes_of_any_answer(body: bytes) -> None:
    said: list[str] = []
    discovering = replace(SETTINGS, authorize_url="", discovery_url=f"http://{HOST}/.well-known/x")
    for status in STATUSES:
        handler = always(status, body, retry_after="5")
        bench = Bench(handler)
        for ask in (
            bench.renew,
            bench.exchange,
            bench.revoke,
            bench.search,
            Bench(handler, discovering).renew,
        ):
            try:
                ask()
            except CasebridgeError as error:
                said.append(str(error))
    assert len(said) > len(STATUSES)
    assert not [words for words in said if "the-secret" in words or "the-refresh-token" in words]


@given(
    st.integers(200, 599),
    st.dictionaries(
        st.sampled_from([*TOKEN, "error", "error_description", "userID", "username", "expires_at", "scope"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2),
    )
    | st.text(),
)
def test_any_fields_are_read_or_refused(status: int, content: object) -> None:
    body = json.dumps(content).encode()
    for ask in (Bench(always(status, body)).renew, Bench(always(status, body)).exchange):
        try:
            issued = ask()
        except CasebridgeError:
            continue
        assert timedelta(0) < issued.renew_after <= issued.expires_after <= timedelta(hours=24)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 406, 408, 409, 418, 451, 499])
@pytest.mark.parametrize(
    "body", [b"", b"<html>blocked</html>", b"invalid_grant", b"{}", b'{"message": "no"}', b"[1]"]
)
def test_a_refusal_without_an_error_code_is_somebody_elses_and_cured_by_time(
    status: int, body: bytes
) -> None:
    for ask in (Bench(always(status, body)).renew, Bench(always(status, body)).exchange):
        with pytest.raises(TransientError, match=str(status)):
            ask()


def test_a_refused_grant_and_a_refused_client_are_told_apart() -> None:
    with pytest.raises(ConnectionRejectedError):
        Bench(answering({"error": "invalid_grant"}, 400)).renew()
    with pytest.raises(ConnectionRejectedError):
        Bench(answering({"error": "invalid_grant"}, 200)).renew()
    with pytest.raises(TransientError, match="invalid_client"):
        Bench(answering({"error": "invalid_client"}, 401)).renew()
    with pytest.raises(ConsentFailedError) as caught:
        Bench(answering({"error": "invalid_grant"}, 400)).exchange()
    assert caught.value.reason is Reason.CONSENT_INVALID_GRANT


def test_what_may_have_used_the_refresh_token_up_is_a_lost_answer() -> None:
    for body in (b"", b"<html>", b"[]", b"{}", b'{"access_token": ""}'):
        with pytest.raises(AnswerLostError):
            Bench(always(200, body)).renew()


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_pause_that_is_asked_for_is_told(status: int) -> None:
    with pytest.raises(TransientError) as caught:
        Bench(always(status, b"<html>", retry_after="40")).renew()
    assert caught.value.retry_after == timedelta(seconds=40)
    assert isinstance(caught.value, RateLimitedError) == (status == 429)


@pytest.mark.parametrize(
    ("changes", "life", "refresh_token"),
    [
        ({}, 3600, "r2"),
        ({"expires_in": "3600"}, 3600, "r2"),
        ({"expires_in": 3600.0}, 3600, "r2"),
        ({"expires_in": None}, 1800, "r2"),
        ({"expires_in": -5}, 1800, "r2"),
        ({"expires_in": 10**30}, 1800, "r2"),
        ({"expires_in": 10**8}, 86_400, "r2"),
        ({"error": None}, 3600, "r2"),
        ({"error": ""}, 3600, "r2"),
        ({"token_type": None}, 3600, "r2"),
        ({"token_type": "bearer"}, 3600, "r2"),
        ({"refresh_token": None}, 3600, "the-refresh-token"),
        ({"refresh_token": ""}, 3600, "the-refresh-token"),
        ({"refresh_token": "\ud83d"}, 3600, "the-refresh-token"),
        ({"refresh_token": 5}, 3600, "the-refresh-token"),
        ({"username": "ada\x00", "userID": 10**6}, 3600, "r2"),
        ({"username": {}, "userID": []}, 3600, "r2"),
    ],
)
def test_a_token_is_read_whatever_stands_beside_it(
    changes: dict[str, Any], life: int, refresh_token: str
) -> None:
    issued = Bench(answering(TOKEN | changes)).renew()
    assert issued.token == "t1"
    assert issued.expires_after == timedelta(seconds=life)
    assert issued.credentials == OAuthCredentials(refresh_token)
    assert "\x00" not in (issued.account.name or "")


def test_while_the_token_is_good_a_page_instead_of_an_answer_stops_nobody_and_pauses_grow() -> None:
    for status, body in [
        (403, b"<html>blocked</html>"),
        (400, b"invalid_grant"),
        (400, b""),
        (404, b""),
        (302, b""),
    ]:
        bench = Bench(always(status, body))
        connections = FakeConnections(bench.clock)
        connections.put(
            "north", FIRM.base_url or "", GRANT, Issued("t0", GRANT, timedelta(0), timedelta(hours=1))
        )
        tokens = StoredTokens(connections, {OAuthCredentials: bench.oauth})
        asked_at = []
        for second in range(180):
            asked = len(bench.requests)
            assert tokens.token(FIRM) == "t0"
            if len(bench.requests) > asked:
                asked_at.append(second)
            bench.clock.advance(timedelta(seconds=1))
        waits = [later - earlier for earlier, later in pairwise(asked_at)]
        assert waits[0] == PAUSE_AFTER_FAILURE.total_seconds()
        assert all(later == 2 * earlier for earlier, later in pairwise(waits))


def test_a_setting_that_is_wrong_stops_nobody_as_long_as_the_token_is_good() -> None:
    bench = Bench(answering(TOKEN), replace(SETTINGS, token_url="https://other.test/token#x"))
    connections = FakeConnections(bench.clock)
    connections.put(
        "north", FIRM.base_url or "", GRANT, Issued("t0", GRANT, timedelta(0), timedelta(hours=1))
    )
    tokens = StoredTokens(connections, {OAuthCredentials: bench.oauth})
    assert tokens.token(FIRM) == "t0"
    bench.clock.advance(timedelta(hours=1))
    with pytest.raises(TransientError):
        tokens.token(FIRM)


# --- how the client says who it is ---


def discovered(**document: object) -> Handler:
    """A server with a discovery document that takes any token request."""
    whole = {"issuer": f"http://{HOST}", "authorization_endpoint": SETTINGS.authorize_url} | document
    whole |= {"token_endpoint": SETTINGS.token_url, "revocation_endpoint": SETTINGS.revoke_url}
    return lambda request: httpx2.Response(200, json=whole if request.method == "GET" else TOKEN)


def client(**changes: Any) -> OAuthSettings:
    discovery = f"http://{HOST}/.well-known/oauth-authorization-server"
    base = OAuthSettings("casebridge", "the-secret", discovery_url=discovery)
    return replace(base, **changes)


def way_of(bench: Bench) -> str:
    """How the last request said who sends it."""
    if "authorization" in bench.requests[-1].headers:
        assert not {"client_id", "client_secret"} & set(bench.form)
        return "client_secret_basic"
    assert bench.form["client_id"] == "casebridge"
    return "client_secret_post" if "client_secret" in bench.form else "none"


@pytest.mark.parametrize(
    ("listed", "setting", "way"),
    [
        (None, "", "client_secret_basic"),
        (["client_secret_basic"], "", "client_secret_basic"),
        (["client_secret_post"], "", "client_secret_post"),
        (["private_key_jwt", "client_secret_post"], "", "client_secret_post"),
        (["client_secret_post", "client_secret_basic"], "", "client_secret_basic"),
        (["none"], "", "none"),
        ([], "", "client_secret_basic"),
        ("client_secret_post", "", "client_secret_basic"),
        ([None, 5, {}], "client_secret_post", "client_secret_post"),
        (["client_secret_basic"], "client_secret_post", "client_secret_post"),
        (["client_secret_post"], "none", "none"),
    ],
)
def test_the_way_is_the_settings_or_the_best_that_the_document_names(
    listed: object, setting: str, way: str
) -> None:
    bench = Bench(
        discovered(**({"token_endpoint_auth_methods_supported": listed} if listed is not None else {})),
        client(client_auth=setting),
    )
    for ask in (bench.renew, bench.exchange, bench.revoke):
        ask()
        assert way_of(bench) == way


def test_the_revocation_endpoint_may_have_a_way_of_its_own() -> None:
    bench = Bench(
        discovered(
            token_endpoint_auth_methods_supported=["client_secret_post"],
            revocation_endpoint_auth_methods_supported=["client_secret_basic"],
        ),
        client(),
    )
    bench.renew()
    assert way_of(bench) == "client_secret_post"
    bench.revoke()
    assert way_of(bench) == "client_secret_basic"


def test_a_document_that_names_no_way_of_ours_is_said_to() -> None:
    bench = Bench(discovered(token_endpoint_auth_methods_supported=["private_key_jwt"]), client())
    with pytest.raises(ConfigurationError, match="private_key_jwt"):
        bench.renew()


def test_without_a_secret_the_client_is_public_whatever_the_document_says() -> None:
    named = discovered(token_endpoint_auth_methods_supported=["client_secret_basic"])
    bench = Bench(named, client(client_secret=""))
    bench.renew()
    assert way_of(bench) == "none"


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post"])
@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=30),
    st.text(st.characters(codec="utf-8"), min_size=1),
)
def test_ids_and_secrets_of_any_signs_arrive_as_they_are(way: str, client_id: str, secret: str) -> None:
    bench = Bench(
        answering(TOKEN), replace(SETTINGS, client_id=client_id, client_secret=secret, client_auth=way)
    )
    bench.renew()
    if way == "client_secret_basic":
        pair = base64.b64decode(bench.requests[-1].headers["authorization"].removeprefix("Basic ")).decode()
        assert [unquote_plus(part) for part in pair.split(":")] == [client_id, secret]
    else:
        assert (bench.form["client_id"], bench.form["client_secret"]) == (client_id, secret)
    assert bench.form["refresh_token"] == "the-refresh-token"


def test_a_pair_is_encoded_as_the_standard_has_it() -> None:
    settings = replace(SETTINGS, client_id="a b", client_secret=" %&+£€:")
    bench = Bench(answering(TOKEN), settings)
    bench.renew()
    pair = base64.b64decode(bench.requests[-1].headers["authorization"].removeprefix("Basic "))
    assert pair == b"a+b:+%25%26%2B%C2%A3%E2%82%AC%3A"  # RFC 6749, appendix B


@pytest.mark.parametrize("issuer", ["http://[", "http://[::1", 5, None, "", "http://[x]/y"])
def test_a_document_of_an_absurd_issuer_is_refused(issuer: object) -> None:
    with pytest.raises(ConfigurationError, match="issuer"):
        Bench(discovered(issuer=issuer), client()).renew()


@pytest.mark.parametrize("query", ["?a=%zz", "?a=b&c=%", "?a=\x7f", "?" + "a=b&" * 50])
def test_an_authorize_url_with_an_absurd_query_is_used_or_a_wrong_setting(query: str) -> None:
    bench = Bench(answering(TOKEN), replace(SETTINGS, authorize_url=f"http://{HOST}/authorize{query}"))
    with suppress(ConfigurationError):
        assert bench.oauth.authorize_url(FIRM, "http://127.0.0.1/cb", "state", "v" * 43).startswith("http://")
