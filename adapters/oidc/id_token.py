"""The ID token: its signature and claims are checked (OpenID Connect Core, 3.1.3.7), then it is read."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from core.person import MAX_NAME, Identity
from core.sign_in_errors import SignInFailedError

ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
)  # fmt: skip
"""Signed by a key that the provider alone has. With a shared secret, or with none, anybody could have."""
LEEWAY_S: Final = 60
_LONGEST: Final = 64 * 1024  # characters
_MOST_VALUES: Final = 500  # of a claim that is a list


@dataclass(frozen=True, slots=True)
class Claims:
    """Which claims count: their names. `trust_email`: an e-mail address that nobody verified counts, too."""

    roles: str = "roles"
    firms: str = "firms"
    trust_email: bool = False


def kid_of(token: str) -> str | None:
    """Return the id of the key that a token says it is signed with; None where that cannot be read."""
    try:
        head = token[:_LONGEST].partition(".")[0]
        header = json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, RecursionError):
        return None
    kid = header.get("kid") if isinstance(header, dict) else None
    return kid if isinstance(kid, str) else None


def verified(
    token: object,
    keys: Callable[[str | None], dict[str, Any]],
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    now_s: int,
    access_token: object,
) -> dict[str, Any]:
    """Return the claims of a token that is the provider's, for us, of this sign-in and of now.

    Raises SignInFailedError naming the claim that is wrong, and none of what it holds.
    """
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError

    if not isinstance(token, str) or len(token) > _LONGEST:
        raise SignInFailedError("the identity provider gave no ID token that can be read")
    options: Any = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": client_id},
        "exp": {"essential": True},
        "iat": {"essential": True},
        "sub": {"essential": True},
        "nonce": {"essential": True, "value": nonce},
    }
    params = {"nonce": nonce, "client_id": client_id}
    if isinstance(access_token, str):
        params["access_token"] = access_token
    shown: Any = keys(kid_of(token))
    wrong = ""
    try:
        read = jwt.decode(token, _key_set(shown["keys"]), algorithms=list(ALGORITHMS))
        claims: Any = CodeIDToken(read.claims, read.header, options, params)
        claims.validate(now=now_s, leeway=LEEWAY_S)
    except JoseError as error:
        wrong = getattr(error, "claim", None) or error.error or type(error).__name__
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        wrong = type(error).__name__
    if wrong:
        raise SignInFailedError(f"the identity provider's ID token cannot be trusted ({wrong})")
    return dict(claims)


def _key_set(shown: list[dict[str, Any]]) -> Any:
    """Return the provider's keys without those that cannot be used: of other curves, or damaged."""
    from joserfc.jwk import JWKRegistry, KeySet

    usable: list[Any] = []
    for key in shown:
        with suppress(Exception):  # whatever ails one key costs it alone
            usable.append(JWKRegistry.import_key(key))
    return KeySet(usable)


def identity_of(claims: dict[str, Any], counted: Claims) -> Identity:
    """Return who it is. Raises SignInFailedError for a subject that cannot be kept."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_NAME or not subject.isprintable():
        raise SignInFailedError("the identity provider's ID token cannot be trusted (sub)")
    email = claims.get("email")
    is_vouched = claims.get("email_verified") is True or counted.trust_email
    is_email = isinstance(email, str) and email.isprintable() and 3 <= len(email) <= MAX_NAME and "@" in email
    return Identity(
        subject,
        str(email) if is_email and is_vouched else "",
        _values(claims.get(counted.roles)),
        _values(claims.get(counted.firms)),
    )


def _values(claim: object) -> tuple[str, ...]:
    """Return a claim that is a text, or a list of them."""
    if isinstance(claim, str):
        return (claim,)
    if not isinstance(claim, list):
        return ()
    return tuple(value for value in claim[:_MOST_VALUES] if isinstance(value, str) and len(value) <= 500)
