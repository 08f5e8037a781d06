"""Bearer tokens by OAuth 2.0: authorization code with PKCE, refresh, revocation. By Authlib, on httpx2.

Authlib forms the requests and reads the answers; it never decides when to refresh: that is done under a lock,
see `core.usecases.keep_tokens`. What is UNVERIFIED about SmartAdvocate's server is in `oauth_endpoints.py`.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from adapters.http.hosts import HostGuard
from adapters.http.limits import Limits
from adapters.smartadvocate import wire
from adapters.smartadvocate.call import Operation
from adapters.smartadvocate.oauth_endpoints import BASIC, CLIENT_AUTH, NONE, OAuthSettings
from adapters.smartadvocate.oauth_exchange import ClientAuth, GrantRefusedError, TokenAnswer, TokenEndpoint
from adapters.smartadvocate.token_life import bare_token, claims_of, life_of, usable_for
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
from core.ports.authorization import AuthorizationServer
from core.ports.clock import Clock

# Two requests of a renewal together stay well below what ends an idle transaction in the store (60 s).
OAUTH_LIMITS: Final = Limits(connect=4.0, read=10.0, write=4.0, pool=2.0, answer_bytes=256 * 1024)
DISCOVERED_FOR: Final = timedelta(minutes=10)
_MAX_NAME: Final = 200  # characters
# What is sent in "Authorization: Bearer" whatever it is called: some name what the token is made as.
_BEARER: Final = ("bearer", "bearertoken", "bearer_token", "jwt")
_NOT_KNOWN: Final = ("unsupported_token_type", "invalid_token", "invalid_grant")


class SmartAdvocateOAuth(AuthorizationServer):
    """Of all firms. One for a process; owns neither the client nor the clock."""

    def __init__(
        self,
        http: httpx2.Client,
        settings: OAuthSettings,
        hosts: HostGuard,
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
        known = self._endpoints(firm, Operation(firm.firm_id, "find SmartAdvocate's log-in"))
        client = self._client(known, None, redirect_uri)
        url = self._hosts.check(known.authorize_url, f"firm {firm.firm_id!r}: the OAuth authorize URL")
        try:
            made, _ = client.create_authorization_url(url, state=state, code_verifier=verifier)
        except ValueError:
            raise ConfigurationError(
                f"firm {firm.firm_id!r}: the OAuth authorize URL has a query that cannot be used",
                firm_id=firm.firm_id,
            ) from None
        return str(made)

    def exchange(self, firm: Firm, redirect_uri: str, code: str, verifier: str) -> Issued:
        operation = Operation(firm.firm_id, "complete the consent", write=True, sent=(code, verifier))
        known = self._endpoints(firm, operation)
        client = self._client(known, operation, redirect_uri)
        try:
            answer = client.fetch_token(
                self._token_url(firm, known),
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
            )
        except GrantRefusedError as error:
            raise ConsentFailedError(str(error.code)) from None
        except AnswerLostError as error:
            raise TransientError(f"{error} Choose the button once more.", reason=error.reason) from None
        except (ValueError, TypeError):
            raise operation.error(
                UnreadableAnswerError, "the token endpoint's answer cannot be read"
            ) from None
        return self._issued(operation, dict(answer), None)

    def issue(self, firm: Firm, credentials: Credentials) -> Issued:
        if not isinstance(credentials, OAuthCredentials):
            raise TypeError(type(credentials).__name__)
        refresh_token = credentials.refresh_token
        if refresh_token is None:
            raise ConnectionRejectedError(
                f"firm {firm.firm_id!r}: the access that was allowed has run out, and SmartAdvocate gives no "
                "refresh token",
                firm_id=firm.firm_id,
            )
        operation = Operation(
            firm.firm_id, "renew the access to SmartAdvocate", write=True, sent=(refresh_token,)
        )
        known = self._endpoints(firm, operation)
        client = self._client(known, operation)
        try:
            answer = client.refresh_token(self._token_url(firm, known), refresh_token=refresh_token)
        except GrantRefusedError as error:
            raise _refresh_refused(operation, str(error.code)) from None
        except (ValueError, TypeError):
            raise operation.error(
                AnswerLostError,
                "the token endpoint's answer cannot be read; the refresh token may be used up",
            ) from None
        return self._issued(operation, dict(answer), refresh_token)

    def revoke(self, firm: Firm, credentials: OAuthCredentials, token: str | None) -> bool:
        secret = credentials.refresh_token or token
        operation = Operation(firm.firm_id, "revoke the access to SmartAdvocate", sent=(secret or "",))
        known = self._endpoints(firm, operation)
        if not known.revoke_url:
            return False
        if secret is None:
            return True
        url = self._hosts.check(known.revoke_url, f"firm {firm.firm_id!r}: the OAuth revoke URL")
        client = self._client(known, operation, auth_method=known.revoke_auth or known.client_auth)
        hint = "refresh_token" if credentials.refresh_token else "access_token"
        answer: TokenAnswer = client.revoke_token(url, token=secret, token_type_hint=hint)
        if 200 <= answer.status_code < 300 or answer.error in _NOT_KNOWN:
            return True
        raise operation.error(
            TransientError,
            f"SmartAdvocate answered {answer.status_code} ({answer.error or '?'}); try it again",
        )

    def _client(
        self,
        known: OAuthSettings,
        operation: Operation | None,
        redirect_uri: str | None = None,
        *,
        auth_method: str = "",
    ) -> Any:  # Authlib has no types
        from adapters.smartadvocate.oauth_client import new_client

        # Without a secret the client is public (RFC 6749, 2.1), whatever others do.
        method = (auth_method or known.client_auth or BASIC) if known.client_secret else NONE
        auth = ClientAuth(known.client_id, known.client_secret, method)
        session = (
            None
            if operation is None
            else TokenEndpoint(self._http, operation, self._limits, self._clock, auth)
        )
        return new_client(
            session,
            client_id=known.client_id,
            scope=known.scopes or None,
            redirect_uri=redirect_uri,
        )

    def _token_url(self, firm: Firm, known: OAuthSettings) -> str:
        return self._hosts.check(known.token_url, f"firm {firm.firm_id!r}: the OAuth token URL")

    def _endpoints(self, firm: Firm, operation: Operation) -> OAuthSettings:
        known = self._settings.of(firm)
        if not known.discovery_url:
            return known
        document = self._discovery(firm, known.discovery_url, operation)
        return replace(
            known,
            authorize_url=known.authorize_url or _url(document, "authorization_endpoint"),
            token_url=known.token_url or _url(document, "token_endpoint"),
            revoke_url=known.revoke_url or _url(document, "revocation_endpoint"),
            client_auth=known.client_auth or self._method(known, document, "token_endpoint"),
            revoke_auth=known.client_auth or self._method(known, document, "revocation_endpoint"),
        )

    @staticmethod
    def _method(known: OAuthSettings, document: dict[str, Any], endpoint: str) -> str:
        """Return the first of our ways to say who we are that the server takes, "" where it does not say."""
        listed = _names(document.get(f"{endpoint}_auth_methods_supported"))
        if not listed or not known.client_secret:
            return ""
        method = next((way for way in CLIENT_AUTH if way in listed), None)
        if method is None:
            there = ", ".join(way[:40] for way in listed[:5])
            raise ConfigurationError(
                f"the {endpoint} of the OAuth discovery document takes none of {', '.join(CLIENT_AUTH)}, "
                f"but {there}"
            )
        return method

    def _discovery(self, firm: Firm, url: str, operation: Operation) -> dict[str, Any]:
        now = self._clock.now()
        kept = self._discovered.get(url)
        if kept is not None and now < kept[0] + DISCOVERED_FOR:
            return kept[1]
        self._hosts.check(url, f"firm {firm.firm_id!r}: the OAuth discovery URL")
        reading = Operation(operation.firm_id, "read SmartAdvocate's OAuth discovery document")
        answer = TokenEndpoint(self._http, reading, self._limits, self._clock).get(url)
        document = answer.content if answer.status_code == 200 else None
        if not isinstance(document, dict):
            seen = f"it answered {answer.status_code} without a document"
            raise reading.error(UnreadableAnswerError, seen)
        if not _is_issuer(document.get("issuer"), url):
            seen = "its 'issuer' is not the one whose document was asked for (RFC 8414, 3.3)"
            raise reading.error(ConfigurationError, seen)
        self._discovered[url] = (now, document)
        return document

    def _issued(self, operation: Operation, answer: dict[str, Any], before: str | None) -> Issued:
        token, refresh_token = bare_token(answer.get("access_token")), answer.get("refresh_token") or before
        kind = str(answer.get("token_type", "Bearer")).strip().lower()
        if not token or kind not in _BEARER:
            raise operation.error(
                AnswerLostError, "the token endpoint answered without a usable bearer token"
            )
        now = self._clock.now().timestamp()
        expires_in = answer.get("expires_in")
        return Issued(
            token,
            OAuthCredentials(refresh_token),
            usable_for(token, now, expires_in),
            life_of(token, now, expires_in),
            _account(answer, token),
        )


def _account(answer: dict[str, Any], token: str) -> Account:
    """Return whose token it is, where the answer tells as the password log-in does, or the token itself.

    UNVERIFIED: RFC 6749 promises none of it.
    """
    user_id = answer.get("userID") or wire.text(claims_of(token).get("id"), _MAX_NAME)
    return Account(answer.get("username"), user_id or None)


def _refresh_refused(operation: Operation, code: str) -> ConnectionRejectedError | TransientError:
    if code == "invalid_grant":
        return operation.error(
            ConnectionRejectedError,
            "SmartAdvocate no longer accepts the access that was allowed (it was withdrawn, has run out, or "
            "its last renewal was lost)",
        )
    return operation.error(
        TransientError,
        f"the token endpoint refused ({code}); if it stays, check client id, secret and scopes "
        "(CASEBRIDGE_SMARTADVOCATE_OAUTH_…)",
    )


def _url(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def _names(value: Any) -> list[str]:
    """Read a list of names (RFC 8414, 2), also one that is written as text; what is no name is not there."""
    listed = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(listed, list):
        return []
    return [name for way in listed if isinstance(way, str) and (name := wire.text(way, 80).strip().lower())]


def _is_issuer(issuer: Any, url: str) -> bool:
    if not isinstance(issuer, str):
        return False
    try:
        claimed, asked = urlsplit(issuer), urlsplit(url)
    except ValueError:
        return False
    path = claimed.path.rstrip("/")
    known = {
        f"/.well-known/oauth-authorization-server{path}",
        f"/.well-known/openid-configuration{path}",
        f"{path}/.well-known/openid-configuration",
        f"{path}/.well-known/oauth-authorization-server",
    }
    return (claimed.scheme, claimed.netloc) == (asked.scheme, asked.netloc) and asked.path in known
