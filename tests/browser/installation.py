"""An installation as a firm has one: everything in one process, on a database, beside a sandbox."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from adapters.system.all_in_one import AllInOne
from bootstrap.all_in_one import in_threads
from bootstrap.application import Application
from bootstrap.secret import Secret
from bootstrap.settings import Settings
from core.actor import ALL_FIRMS, SYSTEM, Reach, Role
from core.credentials import PasswordCredentials
from core.desk import Desk
from core.event import EventKind
from core.firm import ConnectionState, Firm
from core.person import Person
from core.run import RunState
from core.stage import PracticeAreas
from core.usecases.receive_events import Incoming
from sandbox.oauth_options import OAuthOptions
from sandbox.options import SandboxOptions
from sandbox.server import SandboxServer
from tests.fakes.samples import document_data, event_body, message_data
from tests.integration.oauth_support import HOST, KEYS
from tests.servers import eventually, free_port

FIRM = "north"
NAME = "Okafor & Reed LLP"


@dataclass
class Installation:
    """The service and its sandbox; `url` is where its pages are."""

    url: str
    application: Application
    service: AllInOne
    sandbox: SandboxServer
    control: httpx2.Client
    """Speaks to the sandbox's switches."""

    @property
    def desk(self) -> Desk:
        return self.application.desk

    @property
    def firm(self) -> Firm:
        return self.desk.firms.get(SYSTEM, FIRM)

    @property
    def pages(self) -> str:
        """Where the firm's pages begin."""
        return f"{self.url}/firms/{FIRM}"

    def sign_in_link(
        self, name: str = "ada@north.test", role: Role = Role.FIRM_ADMIN, firms: Reach = frozenset({FIRM})
    ) -> str:
        """A link that is good once."""
        return self.desk.sign_in.new_link(SYSTEM, Person(name, role, firms))

    def manager_link(self) -> str:
        """The same for an implementation manager of all firms."""
        return self.sign_in_link("mona@casestatus.test", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)

    def report(self) -> dict[str, Any]:
        """What the sandbox's SmartAdvocate has received."""
        got: dict[str, Any] = self.control.get("report", params={"notes": 0}).json()
        return got

    def connect(self, firm_id: str = FIRM, user: str = "firm1") -> None:
        """Connect a firm that is not connected, without pages."""
        firm = self.desk.firms.get(SYSTEM, firm_id)
        if firm.connection is not ConnectionState.CONNECTED:
            self.desk.connect_by_password(SYSTEM, firm, PasswordCredentials(user, "sandbox"))

    def import_cases(self, firm_id: str = FIRM, user: str = "firm1") -> None:
        """Let the firm's cases be here."""
        self.connect(firm_id, user)
        firm = self.desk.firms.get(SYSTEM, firm_id)
        if firm.first_synced_at is None:
            run, _ = self.desk.start_sync(SYSTEM, firm)
            eventually(self.ended(run.run_id), 60, "the end of the first sync")

    def ended(self, run_id: int) -> Callable[[], bool]:
        """Whether a run is over."""
        return lambda: self.desk.runs.view(SYSTEM, run_id).run.state is not RunState.WAITING

    def case_ids(self, kind: str = "importable") -> list[str]:
        """Ids of cases in the sandbox."""
        rows = self.control.get("cases", params={"ids": 1, "kind": kind, "firm": "firm1"}).json()["cases"]
        return [str(row) for row in rows]

    def send(self, *message_ids: str, case_id: str, text: str = "Is there any news?") -> None:
        """Let Case Status send messages of a case."""
        now = self.desk.clock.now().isoformat()
        about = {"firm_id": FIRM, "case_integration_id": case_id, "sent_at": now, "text": text}
        bodies = [event_body(message_data(one, **about)) for one in message_ids]
        self.desk.receive_events(SYSTEM, [Incoming("message-sent", body) for body in bodies])

    def upload(self, document_id: str, name: str, *, case_id: str) -> None:
        """Let Case Status have a document of a case, and say so."""
        made = self.control.post("documents", params={"size": 80_000}, json={"file_names": [name]}).json()
        [row] = made["documents"]
        about = {
            field: row[field] for field in ("file_name", "content_type", "size", "sha256", "content_url")
        }
        data = document_data(document_id, firm_id=FIRM, case_integration_id=case_id, **about)
        body = event_body(data, EventKind.DOCUMENT_UPLOADED)
        self.desk.receive_events(SYSTEM, [Incoming("document-uploaded", body, EventKind.DOCUMENT_UPLOADED)])

    def sql(self, statement: str) -> None:
        """Run a statement as the database's owner."""
        with self.application.store.pool.connection() as connection:
            connection.execute(statement)


@contextmanager
def installed(database_url: str, *, cases: int = 300, **changes: Any) -> Iterator[Installation]:
    """Give an installation with one firm that is not connected yet."""
    port = free_port()
    url = f"http://{HOST}:{port}"
    options = SandboxOptions(
        firms=3, cases=cases, oauth=OAuthOptions(redirect_uris=(f"{url}/oauth/callback",))
    )
    here = frozenset({HOST})
    with (
        SandboxServer(options) as sandbox,
        httpx2.Client(
            base_url=f"{sandbox.url}/_sandbox/", trust_env=False, verify=False, timeout=30
        ) as control,
    ):
        settings: dict[str, Any] = {
            "database_url": Secret(database_url),
            "secret_keys": Secret(KEYS),
            "public_url": url,
            "web_port": port,
            "worker_threads": 4,
            "sign_ins_per_min": 600,
            "call_limit_s": 5.0,
            "settle_s": 5.0,
            "smartadvocate_http_hosts": here,
            "smartadvocate_private_hosts": here,
            "smartadvocate_oauth_client_id": "casebridge",
            "smartadvocate_oauth_client_secret": Secret("sandbox-secret"),
            "smartadvocate_oauth_discovery_url": f"{sandbox.url}/.well-known/oauth-authorization-server",
            "smartadvocate_oauth_scopes": "cases",
            "document_http_hosts": here,
            "oidc_discovery_url": f"{sandbox.url}/oidc/.well-known/openid-configuration",
            "oidc_client_id": "casebridge",
            "oidc_client_secret": Secret("sandbox-secret"),
            "oidc_http_hosts": here,
            "oidc_private_hosts": here,
            **changes,
        }
        application = Application(Settings(**settings))
        with in_threads(application, {}) as service:
            made = Installation(url, application, service, sandbox, control)
            areas = PracticeAreas.from_data(control.get("practice-areas").json())
            made.desk.add_firm(
                SYSTEM,
                Firm(
                    FIRM,
                    NAME,
                    base_url=sandbox.base_url,
                    practice_areas=areas,
                    time_zone="America/New_York",
                    requests_per_second=None,
                    page_size=25,
                ),
            )
            yield made
