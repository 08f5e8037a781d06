"""An identity provider to sign in at: OpenID Connect by code and PKCE, without any HTTP.

It asks for no password: whoever comes chooses whom to be.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

OIDC_PURPOSES = ("oidc-discovery", "oidc-authorize", "oidc-token", "oidc-keys")
SIGNATURES = ("good", "of another key", "by the secret", "none")
_KEY_ID = "sandbox-1"
_CODE_LIFE_S = 60
_TOKEN_LIFE_S = 300


def _person(subject: str, email: str, *, verified: bool = True, **more: Any) -> dict[str, Any]:
    return {"sub": subject, "email": email, "email_verified": verified, **more}


PEOPLE = (
    _person("u-1", "mona@casestatus.test", roles=["implementation-manager"], firms=["*"]),
    _person("u-2", "olaf@casestatus.test", roles=["operator"], firms=["*"]),
    _person("u-3", "fiona@firm1.test"),
    _person("u-4", "guest@elsewhere.test", verified=False),
)
"""Who there is: the claims of each. The last two have no role by their claims."""


class OidcRefusal(Exception):  # noqa: N818 - an answer on its way out
    """An error answer: its code (RFC 6749, 5.2)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class _Code:
    subject: str
    redirect_uri: str
    challenge: str
    nonce: str
    expires_s: float


class IdentityProvider:
    """One for a sandbox. What a test changes stays until it is changed again."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.client_id = "casebridge"
        self.client_secret = "sandbox-secret"
        self.people = list(PEOPLE)
        self.claims: dict[str, Any] = {}
        """Claims that replace those of every ID token; None takes one out."""
        self.signature = SIGNATURES[0]
        self.document: dict[str, Any] = {}
        """What replaces fields of the discovery document."""
        self.auth_methods = ["client_secret_basic", "client_secret_post"]
        self._clock = clock
        self._codes: dict[str, _Code] = {}

    @cached_property
    def _key(self) -> ECKey:
        return ECKey.generate_key("P-256", {"kid": _KEY_ID, "use": "sig", "alg": "ES256"})

    @cached_property
    def _strangers_key(self) -> ECKey:
        return ECKey.generate_key("P-256", {"kid": _KEY_ID, "use": "sig", "alg": "ES256"})

    def keys(self) -> dict[str, Any]:
        """The keys that sign, as a JSON Web Key Set."""
        return {"keys": [self._key.as_dict(private=False)]}

    def check_request(self, query: dict[str, str]) -> None:
        """Refuses what is wrong with a request to sign in."""
        if query.get("client_id") != self.client_id:
            raise OidcRefusal("unauthorized_client")
        if query.get("response_type") != "code":
            raise OidcRefusal("unsupported_response_type")
        if query.get("code_challenge_method") != "S256" or len(query.get("code_challenge", "")) != 43:
            raise OidcRefusal("invalid_request")
        if "openid" not in query.get("scope", "").split() or not query.get("nonce"):
            raise OidcRefusal("invalid_scope")

    def allow(self, subject: str, query: dict[str, str]) -> str:
        """A code for who has just signed in."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = _Code(
            subject,
            query.get("redirect_uri", ""),
            query["code_challenge"],
            query["nonce"],
            self._clock() + _CODE_LIFE_S,
        )
        return code

    def token(self, form: dict[str, str], client_id: str, secret: str, issuer: str) -> dict[str, Any]:
        """The answer to a token request. A code is good once."""
        right = hmac.compare_digest(secret.encode(), self.client_secret.encode())
        if client_id != self.client_id or not right:
            raise OidcRefusal("invalid_client")
        code = self._codes.pop(form.get("code", ""), None)
        if form.get("grant_type") != "authorization_code":
            raise OidcRefusal("unsupported_grant_type")
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (
            code is None
            or self._clock() >= code.expires_s
            or form.get("redirect_uri") != code.redirect_uri
            or urlsafe_b64encode(verifier).rstrip(b"=").decode() != code.challenge
        ):
            raise OidcRefusal("invalid_grant")
        access_token = secrets.token_urlsafe(16)
        answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": _TOKEN_LIFE_S}
        return {**answer, "id_token": self._id_token(code, issuer)}

    def _id_token(self, code: _Code, issuer: str) -> str:
        now = int(self._clock())
        [person] = [person for person in self.people if person["sub"] == code.subject]
        claims = {
            "iss": issuer,
            "aud": self.client_id,
            "iat": now,
            "exp": now + _TOKEN_LIFE_S,
            "nonce": code.nonce,
            **person,
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "ES256", "kid": _KEY_ID}
        if self.signature == "none":
            parts = [
                urlsafe_b64encode(text).rstrip(b"=")
                for text in (b'{"alg":"none"}', json.dumps(claims).encode())
            ]
            return b".".join([*parts, b""]).decode()
        if self.signature == "by the secret":
            key = OctKey.import_key(self.client_secret.ljust(32, "."))
            return jwt.encode({"alg": "HS256", "kid": _KEY_ID}, claims, key)
        return jwt.encode(header, claims, self._key if self.signature == "good" else self._strangers_key)
