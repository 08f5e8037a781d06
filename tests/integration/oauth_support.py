"""A sandbox with its authorization server, the service on a database, and a browser to allow access with."""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from bootstrap.application import Application
from bootstrap.secret import Secret
from bootstrap.settings import Settings
from core.actor import SYSTEM
from core.firm import Firm
from sandbox.oauth_options import OAuthOptions
from sandbox.options import SandboxOptions
from sandbox.server import SandboxServer
from tests.servers import free_port

FIRM = "north"
KEYS = f"k1:{base64.b64encode(b'k' * 32).decode()}"
HOST = "127.0.0.1"


@dataclass
class OAuthBench:
    """One service and one sandbox. `url` is where its pages are."""

    sandbox: SandboxServer
    settings: Settings
    url: str
    browser: httpx2.Client
    application: Application = field(init=False)

    def __post_init__(self) -> None:
        self.application = Application(self.settings)
        self.application.smartadvocate.tokens._known_for_s = 0  # tests do not wait for a second to pass

    @property
    def firm(self) -> Firm:
        """The firm as it is stored."""
        with self.application.store.unit_of_work(SYSTEM) as uow:
            found = uow.firms.get(FIRM)
        assert found is not None
        return found

    def token(self) -> str:
        """A token, as a worker asks for it."""
        token: str = self.application.smartadvocate.tokens.token(self.firm)
        return token

    def add_firm(self, firm_id: str = FIRM) -> None:
        """Add a firm at the sandbox's address."""
        self.application.desk.add_firm(
            SYSTEM, Firm(firm_id, f"Firm {firm_id}", base_url=self.sandbox.base_url)
        )

    def allow(self, url: str, user: str = "firm1", decision: str = "allow") -> str:
        """Log in at SmartAdvocate and decide; where the browser is sent then."""
        form = {"username": user, "password": "sandbox", "decision": decision}
        answer = self.browser.post(url, data=form)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def consent(self, user: str = "firm1", firm_id: str = FIRM) -> None:
        """Connect the firm by a consent, without pages."""
        consent = self.application.desk.connect_by_consent
        with self.application.store.unit_of_work(SYSTEM) as uow:
            firm = uow.firms.get(firm_id)
        assert firm is not None
        link = consent.new_link(self.application.settings.actor(), firm)
        opened = self.application.desk.sign_in.by_link(link.rpartition("/")[2], "a test", "")
        assert opened is not None
        begun = consent.start(opened.session.actor, firm_id, opened.secret)
        query = parse_qs(urlsplit(self.allow(begun, user)).query)
        consent.finish(opened.secret, query["state"][0], query["code"][0], None)

    def switch(self, **options: Any) -> None:
        """Change how the authorization server behaves."""
        self.control("PUT", "oauth", options)

    def fault(self, name: str, **params: Any) -> None:
        """Let the next token request, and no more, meet a fault."""
        self.control("PUT", "faults", {"name": name, "purpose": "oauth-token", "times": 1, **params})

    def grants(self) -> list[dict[str, Any]]:
        """What the authorization server has granted, with counts."""
        found: list[dict[str, Any]] = self.control("GET", "oauth", None)["grants"]
        return found

    def control(self, verb: str, path: str, body: Any) -> Any:
        """Ask or change the sandbox."""
        answer = self.browser.request(verb, f"{self.sandbox.url}/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def sql(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Run a statement."""
        with self.application.store.pool.connection() as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def expire(self) -> None:
        """Let the token's life be over, by the store's clock."""
        self.sql(
            "update connections set renew_at = now() - interval '1s', expires_at = now() - interval '1s'"
        )

    def forgive(self) -> None:
        """Let the pause after a failure be over."""
        self.sql("update connections set refused_until = now() - interval '1s'")

    def environment(self) -> dict[str, str]:
        """The same settings for a process."""
        assert self.settings.database_url is not None
        return {
            "CASEBRIDGE_DATABASE_URL": self.settings.database_url.get_secret_value(),
            "CASEBRIDGE_SECRET_KEYS": KEYS,
            "CASEBRIDGE_SMARTADVOCATE_HTTP_HOSTS": HOST,
            "CASEBRIDGE_PUBLIC_URL": self.url,
            "CASEBRIDGE_SMARTADVOCATE_OAUTH_CLIENT_ID": "casebridge",
            "CASEBRIDGE_SMARTADVOCATE_OAUTH_CLIENT_SECRET": "sandbox-secret",
            "CASEBRIDGE_SMARTADVOCATE_OAUTH_AUTHORIZE_URL": "http://{host}/oauth/authorize",
            "CASEBRIDGE_SMARTADVOCATE_OAUTH_TOKEN_URL": "http://{host}/oauth/token",
            "CASEBRIDGE_SMARTADVOCATE_OAUTH_REVOKE_URL": "http://{host}/oauth/revoke",
            "CASEBRIDGE_SMARTADVOCATE_OAUTH_SCOPES": "cases",
        }


@contextmanager
def oauth_bench(
    database_url: str, *, cases: int = 20, port: int | None = None, **changes: Any
) -> Iterator[OAuthBench]:
    """Give a service with one firm that is not connected yet, and a sandbox with three firms.

    Its pages, if anybody serves them, are at `port`.
    """
    port = port or free_port()
    url = f"http://{HOST}:{port}"
    options = SandboxOptions(
        firms=3, cases=cases, oauth=OAuthOptions(redirect_uris=(f"{url}/oauth/callback",))
    )
    with (
        SandboxServer(options) as sandbox,
        httpx2.Client(trust_env=False, verify=False, timeout=30) as browser,
    ):
        given: dict[str, Any] = {
            "database_url": Secret(database_url),
            "secret_keys": Secret(KEYS),
            "smartadvocate_http_hosts": frozenset({HOST}),
            "public_url": url,
            "web_port": port,
            "smartadvocate_oauth_client_id": "casebridge",
            "smartadvocate_oauth_client_secret": Secret("sandbox-secret"),
            "smartadvocate_oauth_discovery_url": f"{sandbox.url}/.well-known/oauth-authorization-server",
            "smartadvocate_oauth_scopes": "cases",
        }
        bench = OAuthBench(sandbox, Settings(**{**given, **changes}), url, browser)
        try:
            bench.add_firm()
            yield bench
        finally:
            bench.application.close()


def csrf_of(page: str) -> str:
    """The token in the page's form."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found is not None, page
    return found.group(1)
