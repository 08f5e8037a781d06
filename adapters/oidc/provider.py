"""Sign-in by OpenID Connect with the authorization code and PKCE. Authlib forms the requests."""

from dataclasses import dataclass, field
from typing import Any

from adapters.http.hosts import HostGuard
from adapters.oidc.discovery import Discovery, Endpoints
from adapters.oidc.exchange import Exchange, TokenSession
from adapters.oidc.id_token import Claims, identity_of, verified
from core.person import Identity
from core.ports.clock import Clock
from core.ports.identity_provider import IdentityProvider
from core.sign_in_errors import SignInFailedError, SignInUnavailableError


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """How casebridge is registered there. `redirect_uri` is exactly what was registered."""

    discovery_url: str
    client_id: str
    redirect_uri: str
    client_secret: str = field(default="", repr=False)
    scopes: str = "openid email profile"
    claims: Claims = field(default_factory=Claims)


class OpenIdProvider(IdentityProvider):
    """One provider. Owns neither the client that `exchange` has nor the clock."""

    def __init__(
        self, exchange: Exchange, settings: ProviderSettings, hosts: HostGuard, clock: Clock
    ) -> None:
        self._exchange = exchange
        self._settings = settings
        self._clock = clock
        self._discovery = Discovery(exchange, settings.discovery_url, hosts, clock)

    def authorize_url(self, state: str, nonce: str, verifier: str) -> str:
        known = self._discovery.endpoints()
        try:
            url, _ = self._client(known).create_authorization_url(
                known.authorize_url, state=state, code_verifier=verifier, nonce=nonce
            )
        except ValueError:
            url = ""
        if not url:
            raise SignInUnavailableError("the identity provider's address for sign-in has an odd query")
        return str(url)

    def identify(self, code: str, nonce: str, verifier: str) -> Identity:
        known = self._discovery.endpoints()
        answer = self._answer(known, code, verifier)
        claims = verified(
            answer.get("id_token"),
            self._discovery.keys,
            issuer=known.issuer,
            client_id=self._settings.client_id,
            nonce=nonce,
            now_s=int(self._clock.now().timestamp()),
            access_token=answer.get("access_token"),
        )
        return identity_of(claims, self._settings.claims)

    def _answer(self, known: Endpoints, code: str, verifier: str) -> dict[str, Any]:
        from adapters.oidc.client import RefusedError

        wrong: SignInFailedError | SignInUnavailableError | None = None
        try:
            answer = self._client(known).fetch_token(
                known.token_url, grant_type="authorization_code", code=code, code_verifier=verifier
            )
        except RefusedError as error:
            wrong = SignInFailedError(f"the identity provider refused the code ({error.told})")
        except (ValueError, TypeError):
            wrong = SignInUnavailableError("the identity provider's answer to the code cannot be read")
        if wrong is not None:
            raise wrong
        return dict(answer)

    def _client(self, known: Endpoints) -> Any:  # Authlib has no types
        from adapters.oidc.client import new_client

        settings = self._settings
        session = TokenSession(
            self._exchange, settings.client_id, settings.client_secret, by_header=known.by_header
        )
        return new_client(
            session,
            client_id=settings.client_id,
            scope=settings.scopes,
            redirect_uri=settings.redirect_uri,
        )
