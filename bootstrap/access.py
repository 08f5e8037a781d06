"""The room of who has access: where people sign in, and what their claims stand for."""

from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bootstrap.part import part
from bootstrap.settings import Settings
from bootstrap.store import Store
from core.actor import PERSONS, Role, reach_of
from core.errors import ConfigurationError
from core.person import RoleTable
from core.session import SessionLimits

if TYPE_CHECKING:
    from core.ports.identity_provider import IdentityProvider


class Access:
    """What this process has for sign-in. `redirect_uri` of the provider is below where browsers reach us."""

    def __init__(self, settings: Settings, store: Store, closing: ExitStack) -> None:
        self._settings = settings
        self._store = store
        self._closing = closing

    @part
    def provider(self) -> "IdentityProvider | None":
        """Where people sign in, None where no provider is set. Raises ConfigurationError for half of one."""
        settings = self._settings
        if not settings.oidc_discovery_url:
            return None
        if not settings.oidc_client_id:
            raise ConfigurationError(
                "CASEBRIDGE_OIDC_DISCOVERY_URL is set and CASEBRIDGE_OIDC_CLIENT_ID is not"
            )
        from adapters.http.client import open_http_client
        from adapters.oidc.exchange import Exchange
        from adapters.oidc.hosts import provider_hosts
        from adapters.oidc.id_token import Claims
        from adapters.oidc.provider import OpenIdProvider, ProviderSettings

        hosts = provider_hosts(settings.oidc_http_hosts, settings.oidc_private_hosts)
        client = open_http_client(hosts)
        self._closing.callback(client.close)
        secret = settings.oidc_client_secret
        claims = Claims(
            settings.oidc_roles_claim,
            settings.oidc_firms_claim,
            trust_email=settings.oidc_trust_email == "yes",
        )
        registered = ProviderSettings(
            settings.oidc_discovery_url,
            settings.oidc_client_id,
            f"{settings.browser_url()}/sign-in/callback",
            secret.get_secret_value() if secret else "",
            settings.oidc_scopes,
            claims,
        )
        return OpenIdProvider(Exchange(client), registered, hosts, self._store.clock)

    @part
    def limits(self) -> SessionLimits:
        """How long sessions last."""
        idle = timedelta(minutes=self._settings.session_idle_min)
        return SessionLimits(idle=idle, whole=timedelta(hours=self._settings.session_hours))

    @part
    def roles(self) -> RoleTable:
        """What values of the roles' claim stand for. Raises ConfigurationError."""
        parts = [part.strip() for part in self._settings.oidc_roles.split(",") if part.strip()]
        table = {}
        for text in parts:
            value, *rest = text.split(":")
            if len(rest) != 2 or not all((value, *rest)) or rest[0] not in {role.value for role in PERSONS}:
                raise ConfigurationError(
                    f"CASEBRIDGE_OIDC_ROLES: {text!r} must be value:role:firm+firm, with * for all firms; "
                    f"roles are {', '.join(PERSONS)}"
                )
            firms = reach_of(unquote(firm_id) for firm_id in rest[1].split("+"))
            table[unquote(value)] = (Role(rest[0]), firms)
        return table
