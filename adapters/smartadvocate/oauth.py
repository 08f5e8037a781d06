"""Bearer tokens by OAuth 2.0: authorization code with PKCE, refresh, revocation. By Authlib, on httpx2.

Authlib forms the requests and reads the answers; it never decides when to refresh: that is done under a lock,
see `core.usecases.keep_tokens`. What is UNVERIFIED about SmartAdvocate's server is in `oauth_endpoints.py`.
"""

import re
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2ClientAuth
from authlib.oauth2.client import OAuth2Client

from adapters.smartadvocate import wire
from adapters.smartadvocate.errors import Operation
from adapters.smartadvocate.limits import Limits
from adapters.smartadvocate.oauth_endpoints import OAuthSettings
from adapters.smartadvocate.oauth_exchange import TokenEndpoint
from adapters.smartadvocate.public_hosts import PublicHosts
from adapters.smartadvocate.token_life import claims_of, life_of, usable_for
from core.consent import ConsentFailedError
from core.credentials import Account, Credentials, Issued, OAuthCredentials
from core.errors import (
    AnswerLostError,
    ConfigurationError,
    ConnectionRejectedError,
    TransientError,
    UnreadableAnswerError,
)
from core.firm import Firm
from core.ports.clock import Clock

# Two requests of a renewal together stay well below what ends an idle transaction in the store (60 s).
OAUTH_LIMITS: Final = Limits(connect=4.0, read=10.0, write=4.0, pool=2.0, answer_bytes=256 * 1024)
DISCOVERED_FOR: Final = timedelta(minutes=10)
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,8192}")  # what a header may carry
_CODE: Final = re.compile(r"[a-z_]{1,60}")
_NOT_KNOWN: Final = ("unsupported_token_type", "invalid_token", "invalid_grant")


class _Client(OAuth2Client):
    client_auth_class = OAuth2ClientAuth
    oauth_error_class: Any = OAuthError


class SmartAdvocateOAuth:
    """`AuthorizationServer` of all firms. One for a process; owns neither the client nor the clock."""

    def __init__(
        self,
        http: httpx2.Client,
        settings: OAuthSettings,
        hosts: PublicHosts,
        clock: Clock,
        *,
        limits: Limits = OAUTH_LIMITS,
    ) -> None:
        self._http = http
        self._settings = settings
        self._hosts = hosts
        self._clock = clock
        self._limits = limits
        self._discovered: dict[str, tuple[datetime, dict[str, Any]]] = {}

    def authorize_url(self, firm: Firm, redirect_uri: str, state: str, verifier: str) -> str:
        """See `AuthorizationServer.authorize_url`."""
        known = self._endpoints(firm, Operation(firm.firm_id, "find SmartAdvocate's log-in"))
        client = self._client(known, None, redirect_uri)
        url = self._hosts.check(known.authorize_url, f"firm {firm.firm_id!r}: the OAuth authorize URL")
        made, _ = client.create_authorization_url(url, state=state, code_verifier=verifier)
        return str(made)

    def exchange(self, firm: Firm, redirect_uri: str, code: str, verifier: str) -> Issued:
        """See `AuthorizationServer.exchange`."""
        operation = Operation(firm.firm_id, "complete the consent", write=True, sent=(code, verifier))
        known = self._endpoints(firm, operation)
        client = self._client(known, operation, redirect_uri)
        try:
            said = client.fetch_token(
                self._token_url(firm, known),
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
            )
        except OAuthError as error:
            raise ConsentFailedError(str(error.error)) from None
        except AnswerLostError as error:
            raise TransientError(f"{error} Choose the button once more.", reason=error.reason) from None
        except (ValueError, TypeError):
            raise UnreadableAnswerError(f"{operation}: the token endpoint's answer cannot be read") from None
        return self._issued(operation, dict(said), None)

    def issue(self, firm: Firm, credentials: Credentials) -> Issued:
        """See `TokenIssuer.issue`: a refresh."""
        if not isinstance(credentials, OAuthCredentials):
            raise TypeError(type(credentials).__name__)
        refresh_token = credentials.refresh_token
        if refresh_token is None:
            raise ConnectionRejectedError(
                f"firm {firm.firm_id!r}: the access that was allowed has run out, and SmartAdvocate gives no "
                f"refresh token; {_reconnect(firm)}"
            )
        operation = Operation(
            firm.firm_id, "renew the access to SmartAdvocate", write=True, sent=(refresh_token,)
        )
        known = self._endpoints(firm, operation)
        client = self._client(known, operation)
        try:
            said = client.refresh_token(self._token_url(firm, known), refresh_token=refresh_token)
        except OAuthError as error:
            raise _refresh_refused(operation, firm, _code(error)) from None
        except (ValueError, TypeError):
            raise AnswerLostError(
                f"{operation}: the token endpoint's answer cannot be read; the refresh token may be used up"
            ) from None
        return self._issued(operation, dict(said), refresh_token)

    def revoke(self, firm: Firm, credentials: OAuthCredentials, token: str | None) -> bool:
        """See `AuthorizationServer.revoke`."""
        secret = credentials.refresh_token or token
        operation = Operation(firm.firm_id, "revoke the access to SmartAdvocate", sent=(secret or "",))
        known = self._endpoints(firm, operation)
        if not known.revoke_url:
            return False
        if secret is None:
            return True
        url = self._hosts.check(known.revoke_url, f"firm {firm.firm_id!r}: the OAuth revoke URL")
        client = self._client(known, operation)
        hint = "refresh_token" if credentials.refresh_token else "access_token"
        answer = client.revoke_token(url, token=secret, token_type_hint=hint)
        if 200 <= answer.status_code < 300 or _said_code(answer) in _NOT_KNOWN:
            return True
        raise TransientError(
            f"{operation}: SmartAdvocate answered {answer.status_code} ({_said_code(answer) or '?'}); "
            f"run `casebridge disconnect {firm.firm_id}` again"
        )

    def _client(
        self, known: OAuthSettings, operation: Operation | None, redirect_uri: str | None = None
    ) -> Any:  # Authlib has no types
        session = (
            None if operation is None else TokenEndpoint(self._http, operation, self._limits, self._clock)
        )
        client: Any = _Client
        return client(
            session,
            client_id=known.client_id,
            client_secret=known.client_secret or None,
            scope=known.scopes or None,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )

    def _token_url(self, firm: Firm, known: OAuthSettings) -> str:
        return self._hosts.check(known.token_url, f"firm {firm.firm_id!r}: the OAuth token URL")

    def _endpoints(self, firm: Firm, operation: Operation) -> OAuthSettings:
        known = self._settings.of(firm)
        if not known.discovery_url:
            return known
        said = self._discovery(firm, known.discovery_url, operation)
        return OAuthSettings(
            known.client_id,
            known.client_secret,
            known.authorize_url or _url(said, "authorization_endpoint"),
            known.token_url or _url(said, "token_endpoint"),
            known.revoke_url or _url(said, "revocation_endpoint"),
            known.discovery_url,
            known.scopes,
        )

    def _discovery(self, firm: Firm, url: str, operation: Operation) -> dict[str, Any]:
        now = self._clock.now()
        kept = self._discovered.get(url)
        if kept is not None and now < kept[0] + DISCOVERED_FOR:
            return kept[1]
        self._hosts.check(url, f"firm {firm.firm_id!r}: the OAuth discovery URL")
        reading = Operation(operation.firm_id, "read SmartAdvocate's OAuth discovery document")
        answer = TokenEndpoint(self._http, reading, self._limits, self._clock).get(url)
        try:
            said = wire.load(answer.content) if answer.status_code == 200 else None
        except wire.UnreadableError:
            said = None
        if not isinstance(said, dict):
            raise UnreadableAnswerError(f"{reading}: it answered {answer.status_code} without a document")
        if not _is_issuer(said.get("issuer"), url):
            raise ConfigurationError(
                f"{reading}: its 'issuer' is not the one whose document was asked for (RFC 8414, 3.3)"
            )
        self._discovered[url] = (now, said)
        return said

    def _issued(self, operation: Operation, said: dict[str, Any], before: str | None) -> Issued:
        token, refresh_token = said.get("access_token"), said.get("refresh_token") or before
        kind = said.get("token_type", "Bearer")
        usable = isinstance(token, str) and _TOKEN.fullmatch(token) and str(kind).lower() == "bearer"
        if not usable or not (refresh_token is None or isinstance(refresh_token, str)):
            raise AnswerLostError(f"{operation}: the token endpoint answered without a usable bearer token")
        now = self._clock.now().timestamp()
        expires_in = _number(said.get("expires_in"))
        return Issued(
            str(token),
            OAuthCredentials(refresh_token),
            usable_for(str(token), now, expires_in),
            life_of(str(token), now, expires_in),
            _account(said, str(token)),
        )


def _account(said: dict[str, Any], token: str) -> Account:
    """Return whose token it is, where the answer tells as the password log-in does, or the token itself.

    UNVERIFIED: RFC 6749 promises none of it.
    """
    name = wire.field(said, "username")
    user_id = wire.field(said, "userID")
    if user_id is None:
        user_id = claims_of(token).get("id")
    return Account(
        name if isinstance(name, str) and name else None,
        str(user_id)
        if isinstance(user_id, int | str) and not isinstance(user_id, bool) and user_id
        else None,
    )


def _refresh_refused(operation: Operation, firm: Firm, code: str) -> ConnectionRejectedError | TransientError:
    if code == "invalid_grant":
        return ConnectionRejectedError(
            f"{operation}: SmartAdvocate no longer accepts the access that was allowed (it was withdrawn, "
            f"has run out, or its last renewal was lost); {_reconnect(firm)}; nothing is lost meanwhile"
        )
    return TransientError(
        f"{operation}: the token endpoint refused ({code}); if it stays, check client id, secret and scopes "
        "(CASEBRIDGE_SMARTADVOCATE_OAUTH_…); it is tried again by itself"
    )


def _reconnect(firm: Firm) -> str:
    return (
        f"open the firm's connection page (`casebridge connect {firm.firm_id} --oauth`) and connect it again"
    )


def _code(error: Any) -> str:
    code = str(error.error)
    return code if _CODE.fullmatch(code) else "no known reason"


def _said_code(answer: httpx2.Response) -> str:
    try:
        said = wire.load(answer.content)
    except wire.UnreadableError:
        return ""
    code = said.get("error") if isinstance(said, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _url(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    if isinstance(value, str) and value.isdecimal():
        value = int(value)  # some servers quote it
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        return None
    return float(value)


def _is_issuer(issuer: Any, url: str) -> bool:
    if not isinstance(issuer, str):
        return False
    given, asked = urlsplit(issuer), urlsplit(url)
    path = given.path.rstrip("/")
    known = {
        f"/.well-known/oauth-authorization-server{path}",
        f"/.well-known/openid-configuration{path}",
        f"{path}/.well-known/openid-configuration",
        f"{path}/.well-known/oauth-authorization-server",
    }
    return (given.scheme, given.netloc) == (asked.scheme, asked.netloc) and asked.path in known
