"""Grants, codes and tokens of the authorization server: RFC 6749, 7636 and 7009 without any HTTP."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.oauth_options import OAuthOptions
from sandbox.tokens import Tokens


class OAuthRefusal(Exception):  # noqa: N818 - an answer on its way out
    """An error answer: its code, and the HTTP status where it is not told by a redirect."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass
class Grant:
    """What a user allowed, and what came of it."""

    number: int
    firm: str
    refresh_token: str | None = None
    ended: dict[str, float] = field(default_factory=dict)
    """Refresh tokens that were rotated, with the time of it."""
    last_answer: dict[str, Any] = field(default_factory=dict)
    access_tokens: list[str] = field(default_factory=list)
    revoked: bool = False
    token_calls: int = 0
    refreshes: int = 0
    reused: int = 0
    recovered: int = 0

    def as_json(self) -> dict[str, Any]:
        """Counts only, no tokens."""
        return {
            "grant": self.number,
            "firm": self.firm,
            "revoked": self.revoked,
            "token_calls": self.token_calls,
            "refreshes": self.refreshes,
            "reused": self.reused,
            "recovered": self.recovered,
        }


@dataclass
class _Code:
    firm: str
    redirect_uri: str
    challenge: str
    expires_s: float
    grant: Grant | None = None


class AuthorizationServer:
    """One for a sandbox, for all its firms."""

    def __init__(self, options: OAuthOptions, tokens: Tokens, clock: Callable[[], float]) -> None:
        self.options = options
        self.grants: list[Grant] = []
        self.unknown_token_calls = 0
        self._tokens = tokens
        self._clock = clock
        self._codes: dict[str, _Code] = {}
        self._by_refresh_token: dict[str, Grant] = {}

    def check_request(self, query: dict[str, str]) -> None:
        """Refuses what is wrong with a request for consent; client and redirect URI are good already."""
        if query.get("response_type") != "code":
            raise OAuthRefusal("unsupported_response_type")
        if query.get("code_challenge_method", "plain" if "code_challenge" in query else "S256") != "S256":
            raise OAuthRefusal("invalid_request")
        if self.options.require_pkce and len(query.get("code_challenge", "")) != 43:
            raise OAuthRefusal("invalid_request")
        if not set(query.get("scope", "").split()) <= set(self.options.scopes):
            raise OAuthRefusal("invalid_scope")

    def knows(self, client_id: str, redirect_uri: str) -> bool:
        """Whether the redirect URI is exactly one of the client's: else nobody may be sent there."""
        return client_id == self.options.client_id and redirect_uri in self.options.redirect_uris

    def allow(self, firm: str, redirect_uri: str, challenge: str) -> str:
        """A code for what the user has just allowed."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = _Code(firm, redirect_uri, challenge, self._clock() + self.options.code_life_s)
        return code

    def check_client(self, client_id: str, secret: str) -> None:
        """Refuses another client, or a wrong secret."""
        right = hmac.compare_digest(secret.encode(), self.options.client_secret.encode())
        if client_id != self.options.client_id or not right:
            raise OAuthRefusal("invalid_client", 401)

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        """The answer to a token request."""
        kind = form.get("grant_type")
        if kind == "authorization_code":
            return self._exchange(form)
        if kind == "refresh_token":
            return self._refresh(form.get("refresh_token", ""))
        self.unknown_token_calls += 1
        raise OAuthRefusal("unsupported_grant_type")

    def revoke(self, token: str) -> None:
        """RFC 7009: a refresh token takes its grant along, an unknown token is no error."""
        for grant in self.grants:
            if token == grant.refresh_token or token in grant.ended:
                self._withdraw(grant)
            elif token in grant.access_tokens:
                self._tokens.revoke(token)

    def revoke_all(self, firms: list[str]) -> None:
        """Withdraws every grant of these firms."""
        for grant in self.grants:
            if grant.firm in firms:
                self._withdraw(grant)

    def as_json(self) -> dict[str, Any]:
        """Every grant with its counts."""
        return {
            "grants": [grant.as_json() for grant in self.grants],
            "unknown_token_calls": self.unknown_token_calls,
        }

    def _exchange(self, form: dict[str, str]) -> dict[str, Any]:
        code = self._codes.get(form.get("code", ""))
        if code is None:
            self.unknown_token_calls += 1
            raise OAuthRefusal("invalid_grant")
        if code.grant is not None:  # a code that comes twice was stolen (RFC 6749, 4.1.2)
            code.grant.token_calls += 1
            self._withdraw(code.grant)
            raise OAuthRefusal("invalid_grant")
        if self._clock() >= code.expires_s or form.get("redirect_uri") != code.redirect_uri:
            raise OAuthRefusal("invalid_grant")
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if code.challenge and urlsafe_b64encode(verifier).rstrip(b"=").decode() != code.challenge:
            raise OAuthRefusal("invalid_grant")
        code.grant = grant = Grant(len(self.grants) + 1, code.firm)
        self.grants.append(grant)
        grant.token_calls += 1
        return self._issue(grant)

    def _refresh(self, token: str) -> dict[str, Any]:
        grant = self._by_refresh_token.get(token)
        if grant is None:
            self.unknown_token_calls += 1
            raise OAuthRefusal("invalid_grant")
        grant.token_calls += 1
        if grant.revoked:
            raise OAuthRefusal("invalid_grant")
        if token != grant.refresh_token:
            if self._clock() < grant.ended[token] + self.options.grace_s:
                grant.recovered += 1
                return grant.last_answer
            grant.reused += 1
            if self.options.detect_reuse:
                self._withdraw(grant)
            raise OAuthRefusal("invalid_grant")
        grant.refreshes += 1
        return self._issue(grant)

    def _issue(self, grant: Grant) -> dict[str, Any]:
        options = self.options
        token = self._tokens.issue(grant.firm, self._clock(), options.token_life_s)
        grant.access_tokens.append(token)
        answer: dict[str, Any] = {"access_token": token, "token_type": "Bearer"}
        if options.tell_life:
            answer["expires_in"] = options.token_life_s
        if options.tell_account:
            answer |= {"username": grant.firm, "userID": self._tokens.user_id(grant.firm)}
        if options.refresh and (options.rotate or grant.refresh_token is None):
            if grant.refresh_token is not None:
                grant.ended[grant.refresh_token] = self._clock()
            grant.refresh_token = secrets.token_urlsafe(32)
            self._by_refresh_token[grant.refresh_token] = grant
            answer["refresh_token"] = grant.refresh_token
        grant.last_answer = answer
        return answer

    def _withdraw(self, grant: Grant) -> None:
        grant.revoked = True
        for token in grant.access_tokens:
            self._tokens.revoke(token)
