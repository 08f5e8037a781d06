"""The authorization server's answers: whatever the status and the body, an error of ours or a token."""

import base64
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import httpx2
import pytest

from adapters.smartadvocate.oauth_endpoints import OAuthSettings
from core.consent import ConsentFailedError
from core.credentials import Issued, OAuthCredentials
from core.errors import (
    AnswerLostError,
    ConfigurationError,
    ConnectionRejectedError,
    RateLimitedError,
    TransientError,
)
from core.reason import Reason
from core.usecases.keep_tokens import PAUSE_AFTER_FAILURE, StoredTokens
from tests.fakes import FakeConnections
from tests.unit.token_server import FIRM, GRANT, HOST, SETTINGS, TOKEN, Bench, Handler, always, answering


@pytest.mark.parametrize(
    "body", [b"", b"<html>blocked</html>", b"invalid_grant", b"{}", b'{"message": "no"}', b"[1]"]
)
def test_a_refusal_without_an_error_code_is_somebody_elses_and_cured_by_time(body: bytes) -> None:
    for status in (400, 401, 402, 403, 406, 408, 409, 418, 451, 499):
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
        *(
            ({"token_type": kind}, 3600, "r2")
            for kind in ("bearer", " Bearer\n", "BearerToken", "JWT", "", 5)
        ),
        *(({"access_token": token}, 3600, "r2") for token in ("t1\n", " t1 ", "Bearer t1", "bearer  t1")),
        ({"expires_in": " 3600 "}, 3600, "r2"),
        ({"expires_in": "3600s"}, 1800, "r2"),
        ({"expires_in": 0}, 1800, "r2"),
        ({"expires_in": True}, 1800, "r2"),
        ({"refresh_token": "r2\n"}, 3600, "r2"),
        ({"refresh_token": " "}, 3600, "the-refresh-token"),
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


def test_a_token_that_is_to_be_shown_otherwise_than_as_a_bearer_token_is_none() -> None:
    for changes in ({"token_type": "mac"}, {"token_type": "DPoP"}, {"access_token": "a b"}):
        with pytest.raises(AnswerLostError):
            Bench(answering(TOKEN | changes)).renew()


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
        ("client_secret_post", "", "client_secret_post"),
        ("client_secret_post private_key_jwt", "", "client_secret_post"),
        ("private_key_jwt,client_secret_post", "", "client_secret_post"),
        ([" CLIENT_SECRET_POST\t"], "", "client_secret_post"),
        ([None, "client_secret_post", 5], "", "client_secret_post"),
        ([None, 5, {}, ""], "", "client_secret_basic"),
        ({"client_secret_post": True}, "", "client_secret_basic"),
        ("", "", "client_secret_basic"),
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
