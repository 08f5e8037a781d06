"""Sign-in at an identity provider: the sandbox's, which can be odd in every way that counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from adapters.http.client import open_http_client
from adapters.oidc.discovery import ASKED_AGAIN_AFTER, KEPT_FOR
from adapters.oidc.exchange import Exchange
from adapters.oidc.hosts import provider_hosts
from adapters.oidc.id_token import Claims
from adapters.oidc.provider import OpenIdProvider, ProviderSettings
from core.errors import CasebridgeError
from core.person import Identity
from core.sign_in_errors import SignInFailedError, SignInUnavailableError
from sandbox.options import SandboxOptions
from sandbox.server import SandboxServer
from tests.fakes import FakeClock

HOST = "127.0.0.1"
BACK = "https://casebridge.test/sign-in/callback"
STATE, NONCE, VERIFIER = "the-state", "the-nonce", "v" * 64


@dataclass
class Bench:
    sandbox: SandboxServer
    clock: FakeClock
    browser: httpx2.Client
    provider: OpenIdProvider

    def switch(self, **changes: Any) -> None:
        answer = self.browser.put(f"{self.sandbox.url}/_sandbox/oidc", json=changes)
        assert answer.status_code == 200, answer.text

    def fault(self, name: str, purpose: str, **more: Any) -> None:
        body = {"name": name, "purpose": purpose, **more}
        assert self.browser.put(f"{self.sandbox.url}/_sandbox/faults", json=body).status_code == 200

    def code(self, subject: str = "u-1", nonce: str = NONCE) -> str:
        url = self.provider.authorize_url(STATE, nonce, VERIFIER)
        location = self.browser.post(url, data={"sub": subject}).headers["location"]
        assert location.startswith(BACK)
        said = parse_qs(urlsplit(location).query)
        assert said["state"] == [STATE]
        return said["code"][0]

    def identity(self, subject: str = "u-1") -> Identity:
        return self.provider.identify(self.code(subject), NONCE, VERIFIER)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    server = SandboxServer(SandboxOptions(cases=1, firms=1))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def provider(sandbox: SandboxServer, clock: FakeClock, http: Any, **changes: Any) -> OpenIdProvider:
    url = f"{sandbox.url}/oidc/.well-known/openid-configuration"
    hosts = provider_hosts(http_hosts={HOST})
    settings = {"discovery_url": url, "client_id": "casebridge", "client_secret": "sandbox-secret", **changes}
    return OpenIdProvider(Exchange(http), ProviderSettings(redirect_uri=BACK, **settings), hosts, clock)


@pytest.fixture
def bench(sandbox: SandboxServer, clock: FakeClock) -> Iterator[Bench]:
    import time

    clock.advance(_until(time.time(), clock))
    with (
        open_http_client(provider_hosts(http_hosts={HOST})) as http,
        httpx2.Client(trust_env=False, verify=False) as browser,
    ):
        made = Bench(sandbox, clock, browser, provider(sandbox, clock, http))
        yield made
        made.switch(claims={}, signature="good", document={}, auth_methods=["client_secret_basic"])
        browser.delete(f"{sandbox.url}/_sandbox/faults")


def _until(now_s: float, clock: FakeClock) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(now_s, UTC) - clock.now()


def test_somebody_signs_in_and_is_who_the_provider_says(bench: Bench) -> None:
    assert bench.identity() == Identity("u-1", "mona@casestatus.test", ("implementation-manager",), ("*",))
    assert bench.identity("u-3") == Identity("u-3", "fiona@firm1.test")


def test_the_browser_is_sent_with_a_challenge_a_state_and_a_nonce(bench: Bench) -> None:
    url = bench.provider.authorize_url(STATE, NONCE, VERIFIER)
    query = parse_qs(urlsplit(url).query)
    assert url.startswith(f"{bench.sandbox.url}/oidc/authorize?")
    assert (query["state"], query["nonce"], query["redirect_uri"]) == ([STATE], [NONCE], [BACK])
    assert query["code_challenge_method"] == ["S256"]
    assert VERIFIER not in url
    assert "sandbox-secret" not in url


def test_an_email_that_nobody_verified_is_nobodys_unless_the_operator_trusts_it(
    bench: Bench, sandbox: SandboxServer
) -> None:
    assert bench.identity("u-4").email == ""
    for said in ("true", 1, None):
        bench.switch(claims={"email_verified": said})
        assert bench.identity("u-3").email == ""
    with open_http_client(provider_hosts(http_hosts={HOST})) as http:
        trusting = provider(sandbox, bench.clock, http, claims=Claims(trust_email=True))
        assert trusting.identify(bench.code("u-4"), NONCE, VERIFIER).email == "guest@elsewhere.test"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_the_client_says_who_it_is_in_the_way_that_the_provider_takes(bench: Bench, method: str) -> None:
    bench.switch(auth_methods=[method])
    assert bench.identity().subject == "u-1"


def test_a_code_is_good_once_and_with_its_own_verifier(bench: Bench) -> None:
    code = bench.code()
    with pytest.raises(SignInFailedError, match="invalid_grant"):
        bench.provider.identify(code, NONCE, "w" * 64)
    code = bench.code()
    bench.provider.identify(code, NONCE, VERIFIER)
    with pytest.raises(SignInFailedError, match="invalid_grant"):
        bench.provider.identify(code, NONCE, VERIFIER)


@pytest.mark.parametrize(
    ("claims", "named"),
    [
        ({"iss": "https://evil.test"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "another client"}, "aud"),
        ({"aud": ["another client"]}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": ["casebridge", "another client"]}, "azp"),
        ({"azp": "another client"}, "azp"),
        ({"nonce": "of another sign-in"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"exp": 1_000_000_000}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"iat": 9_999_999_999}, "iat"),
        ({"nbf": 9_999_999_999}, "nbf"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": 5}, "sub"),
        ({"sub": "x" * 300}, "sub"),
        ({"sub": "two\nlines"}, "sub"),
        ({"at_hash": "wrong"}, "at_hash"),
    ],
)
def test_an_id_token_that_is_not_for_this_sign_in_signs_nobody_in(
    bench: Bench, claims: dict[str, Any], named: str
) -> None:
    bench.switch(claims=claims)
    with pytest.raises(SignInFailedError) as refused:
        bench.identity()
    assert (
        f"({named})" in str(refused.value)
        or "invalid" in str(refused.value)
        or "expired" in str(refused.value)
    )
    assert "evil" not in str(refused.value)


@pytest.mark.parametrize("signature", ["of another key", "by the secret", "none"])
def test_an_id_token_that_the_provider_did_not_sign_signs_nobody_in(bench: Bench, signature: str) -> None:
    bench.switch(signature=signature)
    with pytest.raises(SignInFailedError, match="cannot be trusted"):
        bench.identity()


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.test"},
        {"issuer": None},
        {"issuer": ["a"]},
        {"token_endpoint": None},
        {"token_endpoint": "http://evil.test/token"},
        {"token_endpoint": "https://10.0.0.1/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "https://user:secret@127.0.0.1/"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": 5},
    ],
)
def test_a_document_that_leads_elsewhere_is_not_followed(bench: Bench, document: dict[str, Any]) -> None:
    bench.switch(document=document)
    with pytest.raises(SignInUnavailableError) as refused:
        bench.provider.authorize_url(STATE, NONCE, VERIFIER)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("purpose", ["oidc-discovery", "oidc-token", "oidc-keys"])
@pytest.mark.parametrize(
    "fault", ["server_error", "html_200", "huge_200", "malformed_200", "store_then_reset"]
)
def test_odd_answers_are_bounded_and_told_in_words(bench: Bench, purpose: str, fault: str) -> None:
    code = "" if purpose == "oidc-discovery" else bench.code()
    bench.fault(fault, purpose)
    with pytest.raises(CasebridgeError) as refused:
        bench.provider.identify(code, NONCE, VERIFIER)
    assert isinstance(refused.value, SignInUnavailableError | SignInFailedError)
    assert "<" not in str(refused.value)


def test_what_was_discovered_is_kept_for_a_while(bench: Bench) -> None:
    bench.provider.authorize_url(STATE, NONCE, VERIFIER)
    bench.fault("server_error", "oidc-discovery")
    bench.provider.authorize_url(STATE, NONCE, VERIFIER)
    bench.clock.advance(KEPT_FOR)
    with pytest.raises(SignInUnavailableError):
        bench.provider.authorize_url(STATE, NONCE, VERIFIER)


def test_a_provider_that_is_away_holds_up_one_who_asks_and_not_all(bench: Bench) -> None:
    bench.fault("server_error", "oidc-discovery")
    for _ in range(2):
        with pytest.raises(SignInUnavailableError):
            bench.provider.authorize_url(STATE, NONCE, VERIFIER)
        bench.browser.delete(f"{bench.sandbox.url}/_sandbox/faults")  # nobody looks whether it is back
    bench.clock.advance(ASKED_AGAIN_AFTER)
    assert bench.provider.authorize_url(STATE, NONCE, VERIFIER)
