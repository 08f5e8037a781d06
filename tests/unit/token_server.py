"""An authorization server that answers as told, and what casebridge has for it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs

import httpx2

from adapters.http.client import HttpClient, ThreadsTransport
from adapters.smartadvocate.caller import Caller
from adapters.smartadvocate.client import SmartAdvocate
from adapters.smartadvocate.hosts import smartadvocate_hosts
from adapters.smartadvocate.oauth import SmartAdvocateOAuth
from adapters.smartadvocate.oauth_endpoints import OAuthSettings
from core.credentials import Issued, OAuthCredentials
from core.firm import Firm
from tests.fakes import FakeClock
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
