"""Bearer tokens by OAuth 2.0: authorization code with PKCE, refresh, revocation. By Authlib, on httpx2.

Authlib forms the requests and reads the answers; it never decides when to refresh: that is done under a lock,
see `core.usecases.keep_tokens`. What is UNVERIFIED about SmartAdvocate's server is in `oauth_endpoints.py`.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from adapters.http.hosts import HostGuard
from adapters.http.limits import Limits
from adapters.smartadvocate import wire
from adapters.smartadvocate.call import Operation
from adapters.smartadvocate.oauth_endpoints import OAuthSettings
from adapters.smartadvocate.oauth_exchange import GrantRefusedError, TokenEndpoint
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
from core.ports.authorization import AuthorizationServer
from core.ports.clock import Clock

# Two requests of a renewal together stay well below what ends an idle transaction in the store (60 s).
OAUTH_LIMITS: Final = Limits(connect=4.0, read=10.0, write=4.0, pool=2.0, answer_bytes=256 * 1024)
DISCOVERED_FOR: Final = timedelta(minutes=10)
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,8192}")  # what a header may carry
_CODE: Final = re.compile(r"[a-z_]{1,60}")
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
        made, _ = client.create_authorization_url(url, state=state, code_verifier=verifier)
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
            raise _refresh_refused(operation, _code(error)) from None
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
        client = self._client(known, operation)
        hint = "refresh_token" if credentials.refresh_token else "access_token"
        answer = client.revoke_token(url, token=secret, token_type_hint=hint)
        if 200 <= answer.status_code < 300 or _code_in(answer) in _NOT_KNOWN:
            return True
        code = _code_in(answer) or "?"
        raise operation.error(
            TransientError, f"SmartAdvocate answered {answer.status_code} ({code}); try it again"
        )

    def _client(
        self, known: OAuthSettings, operation: Operation | None, redirect_uri: str | None = None
    ) -> Any:  # Authlib has no types
        from adapters.smartadvocate.oauth_client import new_client

        session = (
            None if operation is None else TokenEndpoint(self._http, operation, self._limits, self._clock)
        )
        return new_client(
            session,
            client_id=known.client_id,
            client_secret=known.client_secret or None,
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
            document = wire.load(answer.content) if answer.status_code == 200 else None
        except wire.UnreadableError:
            document = None
        if not isinstance(document, dict):
            seen = f"it answered {answer.status_code} without a document"
            raise reading.error(UnreadableAnswerError, seen)
        if not _is_issuer(document.get("issuer"), url):
            seen = "its 'issuer' is not the one whose document was asked for (RFC 8414, 3.3)"
            raise reading.error(ConfigurationError, seen)
        self._discovered[url] = (now, document)
        return document

    def _issued(self, operation: Operation, answer: dict[str, Any], before: str | None) -> Issued:
        token, refresh_token = answer.get("access_token"), answer.get("refresh_token") or before
        kind = answer.get("token_type", "Bearer")
        usable = isinstance(token, str) and _TOKEN.fullmatch(token) and str(kind).lower() == "bearer"
        if not usable or not (refresh_token is None or isinstance(refresh_token, str)):
            raise operation.error(
                AnswerLostError, "the token endpoint answered without a usable bearer token"
            )
        now = self._clock.now().timestamp()
        expires_in = _number(answer.get("expires_in"))
        return Issued(
            str(token),
            OAuthCredentials(refresh_token),
            usable_for(str(token), now, expires_in),
            life_of(str(token), now, expires_in),
            _account(answer, str(token)),
        )


def _account(answer: dict[str, Any], token: str) -> Account:
    """Return whose token it is, where the answer tells as the password log-in does, or the token itself.

    UNVERIFIED: RFC 6749 promises none of it.
    """
    name = wire.field(answer, "username")
    user_id = wire.field(answer, "userID")
    if user_id is None:
        user_id = claims_of(token).get("id")
    return Account(
        name if isinstance(name, str) and name else None,
        str(user_id)
        if isinstance(user_id, int | str) and not isinstance(user_id, bool) and user_id
        else None,
    )


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


def _code(error: GrantRefusedError) -> str:
    code = str(error.code)
    return code if _CODE.fullmatch(code) else "no known reason"


def _code_in(answer: httpx2.Response) -> str:
    try:
        content = wire.load(answer.content)
    except wire.UnreadableError:
        return ""
    code = content.get("error") if isinstance(content, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _url(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
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
    claimed, asked = urlsplit(issuer), urlsplit(url)
    path = claimed.path.rstrip("/")
    known = {
        f"/.well-known/oauth-authorization-server{path}",
        f"/.well-known/openid-configuration{path}",
        f"{path}/.well-known/openid-configuration",
        f"{path}/.well-known/oauth-authorization-server",
    }
    return (claimed.scheme, claimed.netloc) == (asked.scheme, asked.netloc) and asked.path in known
