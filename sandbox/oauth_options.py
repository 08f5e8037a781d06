"""How the authorization server looks and behaves.

UNVERIFIED, all of it: the API sheet, section 2.2, knows only that a user logs in and selects "Allow Access".
A plain RFC 6749 server, with what real ones differ in as switches.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

OAUTH_PURPOSES = ("oauth-authorize", "oauth-token", "oauth-revoke", "oauth-discovery")
ERROR_CODES = (
    "server_error",
    "temporarily_unavailable",
    "access_denied",
    "invalid_scope",
    "invalid_request",
    "unauthorized_client",
    "unsupported_response_type",
    "invalid_client",
    "invalid_grant",
)


@dataclass(frozen=True)
class OAuthOptions:
    """Times in seconds."""

    authorize_path: str = "/oauth/authorize"
    token_path: str = "/oauth/token"
    revoke_path: str = "/oauth/revoke"
    discovery_path: str = "/.well-known/oauth-authorization-server"
    client_id: str = "casebridge"
    client_secret: str = "sandbox-secret"
    """Empty: a public client, which sends no secret."""
    client_auth: tuple[str, ...] = ("client_secret_basic", "client_secret_post", "none")
    """How a client may say who it is."""
    redirect_uris: tuple[str, ...] = ()
    """Exact."""
    scopes: tuple[str, ...] = ("cases",)
    require_pkce: bool = True
    token_life_s: int = 3600
    code_life_s: int = 60
    refresh: bool = True
    """Whether there are refresh tokens at all."""
    rotate: bool = True
    """Whether each refresh gives a new refresh token, which ends the old one."""
    detect_reuse: bool = True
    """Whether an ended refresh token that comes again withdraws the whole grant."""
    grace_s: float = 0
    """For so long after its rotation an ended refresh token still gets the tokens that replaced it."""
    tell_account: bool = True
    """Whether token answers name the user, as the log-in's answer does."""
    tell_life: bool = True
    """Whether token answers have `expires_in`."""

    def changed(self, given: dict[str, Any]) -> OAuthOptions:
        """These with some changed. Raises ValueError naming what is not known or has another type."""
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        for name, value in given.items():
            if name not in known:
                raise ValueError(f"OAuth has no option {name!r}; it has: {', '.join(known)}")
            if name.endswith("_path"):
                raise ValueError(f"{name} is fixed when the sandbox starts")
            old = known[name]
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            right = is_number if type(old) in (int, float) else isinstance(value, list | tuple | type(old))
            if not right:
                raise ValueError(f"{name} must be like {old!r}, not {value!r}")
            known[name] = tuple(value) if isinstance(old, tuple) else value
        return replace(self, **known)


DEFAULT_OAUTH = OAuthOptions()
