"""The room of what calls out over HTTP: SmartAdvocate, its log-ins, and Case Status's documents."""

import ssl
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

from adapters.case_status.content import CaseStatusContents
from adapters.case_status.hosts import content_hosts
from adapters.http.client import HttpClient, open_http_client, trusted_certificates
from adapters.http.hosts import HostGuard
from adapters.postgres.limits.admission import PostgresAdmission
from adapters.smartadvocate.account_probe import OneToken, SmartAdvocateAccountProbe
from adapters.smartadvocate.auth import PasswordLogIn
from adapters.smartadvocate.base_url import normalise_base_url
from adapters.smartadvocate.caller import Caller
from adapters.smartadvocate.client import SmartAdvocate
from adapters.smartadvocate.hosts import smartadvocate_hosts
from adapters.smartadvocate.oauth_endpoints import OAuthSettings
from adapters.system.process import beside
from bootstrap import paces, values
from bootstrap.part import part
from bootstrap.settings import Settings
from bootstrap.store import Store
from core.credentials import OAuthCredentials, PasswordCredentials
from core.ports.authorization import TokenIssuer
from core.usecases.keep_tokens import KNOWN_FOR, StoredTokens
from core.usecases.steps.seat_by_hand import SeatByHand

if TYPE_CHECKING:
    from adapters.smartadvocate.oauth import SmartAdvocateOAuth


class SmartAdvocateRoom:
    """What this process has for calls to others. `stopping` ends waits for a turn."""

    def __init__(
        self, settings: Settings, store: Store, stopping: threading.Event, closing: ExitStack
    ) -> None:
        self._settings = settings
        self._store = store
        self._stopping = stopping
        self._closing = closing
        self._certificates = beside(trusted_certificates)  # read while modules are loaded

    @part
    def http(self) -> HttpClient:
        """What firms' SmartAdvocates and their log-ins are called with."""
        return self._client(self.hosts)

    @part
    def admission(self) -> PostgresAdmission:
        """Each firm's limit of calls, shared by all processes."""
        longest = paces.longest_pause(self._settings)
        return PostgresAdmission(
            self._store.pool, self._store.clock, self._stopping.wait, longest_pause=longest
        )

    @part
    def hosts(self) -> HostGuard:
        """The hosts that may be called."""
        return smartadvocate_hosts(
            self._settings.smartadvocate_hosts,
            self._settings.smartadvocate_http_hosts,
            self._settings.smartadvocate_private_hosts,
        )

    @part
    def log_in(self) -> PasswordLogIn:
        """Tokens by user name and password."""
        return PasswordLogIn(
            self.http,
            self._store.clock,
            allow_http_hosts=self._settings.smartadvocate_http_hosts,
            admission=self.admission,
        )

    @part
    def oauth(self) -> "SmartAdvocateOAuth":
        """Tokens by OAuth."""
        from adapters.smartadvocate.oauth import SmartAdvocateOAuth

        return SmartAdvocateOAuth(self.http, _oauth(self._settings), self.hosts, self._store.clock)

    @part
    def tokens(self) -> StoredTokens:
        """The firms' tokens, renewed by one worker at a time."""
        issuers: Mapping[type, TokenIssuer] = {
            PasswordCredentials: self.log_in,
            OAuthCredentials: self.oauth,
        }
        return StoredTokens(
            self._store.connections,
            issuers,
            known_for=KNOWN_FOR,
            longest_asked=paces.longest_pause(self._settings),
        )

    @part
    def case_management(self) -> SmartAdvocate:
        """The firms' SmartAdvocate."""
        caller = Caller(
            self.http,
            self.tokens,
            self._store.clock,
            allow_http_hosts=self._settings.smartadvocate_http_hosts,
            limits=values.call_limits(self._settings),
            admission=self.admission,
        )
        return SmartAdvocate(caller)

    @part
    def account_probe(self) -> SmartAdvocateAccountProbe:
        """Tells whose an account is."""
        return SmartAdvocateAccountProbe(self._with_token)

    @part
    def seat(self) -> SeatByHand:
        """A person's turn at a firm's SmartAdvocate, beside the jobs."""
        return SeatByHand(self._store.unit_of_work, self._store.clock, self._stopping.wait, self._store.life)

    @part
    def contents(self) -> CaseStatusContents:
        """The content of documents, from Case Status."""
        hosts = content_hosts(self._settings.document_hosts, self._settings.document_http_hosts)
        return CaseStatusContents(self._client(hosts), hosts, self._store.clock)

    def address(self, text: str) -> str:
        """Return what a person typed as the address of a SmartAdvocate that may be called.

        Raises ConfigurationError naming what is wrong with it.
        """
        url = normalise_base_url(text, self._settings.smartadvocate_http_hosts)
        return self.hosts.check(url, "the SmartAdvocate address")

    @part
    def _tls(self) -> ssl.SSLContext:
        return self._certificates()

    def _client(self, hosts: HostGuard) -> HttpClient:
        client = open_http_client(hosts, tls=self._tls)
        self._closing.callback(client.close)
        return client

    def _with_token(self, token: OneToken) -> SmartAdvocate:
        hosts = self._settings.smartadvocate_http_hosts
        return SmartAdvocate(Caller(self.http, token, self._store.clock, allow_http_hosts=hosts))


def _oauth(settings: Settings) -> OAuthSettings:
    """Return how casebridge is registered with SmartAdvocate's authorization server."""
    secret = settings.smartadvocate_oauth_client_secret
    return OAuthSettings(
        settings.smartadvocate_oauth_client_id,
        secret.get_secret_value() if secret else "",
        settings.smartadvocate_oauth_authorize_url,
        settings.smartadvocate_oauth_token_url,
        settings.smartadvocate_oauth_revoke_url,
        settings.smartadvocate_oauth_discovery_url,
        settings.smartadvocate_oauth_scopes,
        settings.smartadvocate_oauth_client_auth,
    )
