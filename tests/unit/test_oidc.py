"""An identity provider whose answers are odd in one place: that place alone counts for nothing."""

import json
from contextlib import suppress
from typing import Any, Final

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from adapters.http.client import HttpClient, ThreadsTransport
from adapters.oidc.exchange import Exchange
from adapters.oidc.hosts import provider_hosts
from adapters.oidc.provider import OpenIdProvider, ProviderSettings
from core.sign_in_errors import SignInFailedError, SignInUnavailableError
from tests.fakes import FakeClock

HOST: Final = "id.test"
KEY: Final = RSAKey.generate_key(2048, {"kid": "good"})
GOOD: Final = KEY.as_dict(private=False)
ODD_KEYS: Final[tuple[Any, ...]] = (
    None, 5, [], {}, {"kty": ["RSA"]}, {"kty": {}}, {"kty": "RSA"}, {"kty": "RSA", "n": "!!", "e": "AQAB"},
    {"kty": "RSA", "n": 5, "e": []}, {"kty": "EC", "crv": "P-999", "x": "a", "y": "b"},
    {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}, {"kty": "OKP", "crv": "X25519", "x": "AA"},
    {**GOOD, "kid": {}}, {**GOOD, "alg": 5}, {**GOOD, "key_ops": "verify"}, {**GOOD, "x5c": 5, "kid": "x"},
    {"kty": "RSA", "n": "A" * 9_000, "e": "AQAB"},
)  # fmt: skip


def identify(
    keys: object,
    answer: dict[str, object] | None = None,
    claims: dict[str, object] | None = None,
    sent: list[httpx2.Request] | None = None,
    **more: object,
) -> str:
    """Return who it is by the provider's `keys`, with fields more in its answer and claims of its token.

    `more` are fields of its document; `sent` gets what was sent.
    """
    clock = FakeClock()
    now = int(clock.now().timestamp())
    whole = {
        "iss": f"http://{HOST}", "aud": "casebridge", "exp": now + 60, "iat": now, "sub": "u-1", "nonce": "n",
    }  # fmt: skip
    token = jwt.encode({"alg": "RS256", "kid": "good"}, whole | (claims or {}), KEY)
    document = {
        "issuer": f"http://{HOST}", "authorization_endpoint": f"http://{HOST}/a",
        "token_endpoint": f"http://{HOST}/t", "jwks_uri": f"http://{HOST}/k", **more,
    }  # fmt: skip
    answers = {"/k": keys, "/t": {"id_token": token, "token_type": "Bearer"} | (answer or {})}

    def handle(request: httpx2.Request) -> httpx2.Response:
        if sent is not None:
            sent.append(request)
        body = json.dumps(answers.get(request.url.path, document))
        return httpx2.Response(200, content=body.encode())

    http = HttpClient(ThreadsTransport(lambda: httpx2.MockTransport(handle)))
    url = f"http://{HOST}/.well-known/openid-configuration"
    settings = ProviderSettings(url, "casebridge", "https://casebridge.test/back", "secret")
    provider = OpenIdProvider(Exchange(http), settings, provider_hosts(http_hosts={HOST}), clock)
    return provider.identify("code", "n", "v" * 64).subject


@pytest.mark.parametrize("odd", ODD_KEYS, ids=range(len(ODD_KEYS)))  # the good one differs each time
def test_a_key_that_cannot_be_used_costs_itself_alone(odd: Any) -> None:
    assert identify({"keys": [odd, GOOD, odd]}) == "u-1"


@pytest.mark.parametrize("keys", [[], None, 5, {}, {"keys": None}, {"keys": {}}, {"keys": [ODD_KEYS[4]]}])
def test_without_a_key_that_signs_nobody_signs_in(keys: object) -> None:
    with pytest.raises(SignInUnavailableError):
        identify(keys)
    with pytest.raises(SignInFailedError):
        identify({"keys": [{"kty": "RSA", "n": "!!", "e": "AQAB"}]})


@pytest.mark.parametrize("value", [float("inf"), float("nan"), -1, "soon", [], {}, 10**400, None])
@pytest.mark.parametrize("name", ["expires_in", "expires_at", "token_type", "refresh_token", "scope"])
def test_what_nobody_needs_of_an_answer_may_be_anything(name: str, value: object) -> None:
    assert identify({"keys": [GOOD]}, answer={name: value}) == "u-1"


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 10**400, "", [], {}, [[]], True])
@pytest.mark.parametrize(
    "name", ["exp", "iat", "nbf", "iss", "aud", "azp", "sub", "nonce", "at_hash", "amr", "auth_time", "email"]
)
def test_odd_claims_sign_somebody_in_or_are_said_to_be_wrong(name: str, value: object) -> None:
    with suppress(SignInFailedError):
        assert identify({"keys": [GOOD]}, claims={name: value})


@pytest.mark.parametrize(
    ("ways", "by_header"),
    [
        (None, True),
        ([], True),
        (5, True),
        ([5, None], True),
        ("client_secret_post", False),
        ("client_secret_post, client_secret_basic", True),
        ([" CLIENT_SECRET_POST "], False),
        (["client_secret_post", {}, "Client_Secret_Basic"], True),
    ],
)
def test_the_client_says_who_it_is_as_the_document_has_it_however_it_is_written(
    ways: object, by_header: bool
) -> None:
    sent: list[httpx2.Request] = []
    identify({"keys": [GOOD]}, sent=sent, token_endpoint_auth_methods_supported=ways)
    [asked] = [request for request in sent if request.method == "POST"]
    assert ("authorization" in asked.headers) == by_header
    assert (b"client_secret=secret" in asked.content) != by_header
