"""Any answer of the authorization server: an error of ours or a token."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CasebridgeError
from tests.unit.token_server import HOST, SETTINGS, TOKEN, Bench, always, answering

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


# Each status with these, and each body with these: all with all only where there is time.
PLAIN_BODIES = ("empty", "a page", "invalid client")
PLAIN_STATUSES = (200, 400, 401, 503)


@pytest.mark.parametrize("body", BODIES)
def test_no_foreign_exception_comes_of_any_answer(body: str, request: pytest.FixtureRequest) -> None:
    said: list[str] = []
    discovering = replace(SETTINGS, authorize_url="", discovery_url=f"http://{HOST}/.well-known/x")
    every = body in PLAIN_BODIES or request.config.getoption("--long")
    statuses = STATUSES if every else PLAIN_STATUSES
    for status in statuses:
        handler = always(status, BODIES[body], retry_after="5")
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
    assert len(said) > len(statuses)
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
