"""Where SmartAdvocate's authorization server is. UNVERIFIED, all of it: API sheet, section 2.2.

That a firm can "Allow Access" is known from Case Status' walkthrough (THIRD-PARTY); URLs, client
registration, scopes, PKCE, refresh tokens, rotation and revocation are UNKNOWN. So nothing here has a
default: it comes from settings (CASEBRIDGE_SMARTADVOCATE_OAUTH_…), from a discovery document (RFC 8414), or
from the firm's profile:

{"oauth": {"authorize_url": "https://{host}/oauth/authorize",   # {host} is that of the firm's SmartAdvocate
           "token_url": "…", "revoke_url": "…",                 # or "discovery_url" instead of the three
           "client_id": "…", "scopes": "case_read",             # the secret only comes from settings
           "client_auth": "client_secret_post"}}                # where no document names a way
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit

from core.errors import ConfigurationError
from core.firm import Firm
from core.reason import Reason

URL_KEYS: Final = ("authorize_url", "token_url", "revoke_url", "discovery_url")
OAUTH_KEYS: Final = (*URL_KEYS, "client_id", "scopes", "client_auth")
BASIC: Final = "client_secret_basic"
POST: Final = "client_secret_post"
NONE: Final = "none"
CLIENT_AUTH: Final = (BASIC, POST, NONE)  # the best first
_SETTINGS: Final = "CASEBRIDGE_SMARTADVOCATE_OAUTH_"
_VALUE: Final = re.compile(r"[\x20-\x7e]{1,500}")


@dataclass(frozen=True, slots=True)
class OAuthSettings:
    """Empty means: not known. `scopes` are separated by spaces (RFC 6749, 3.3).

    `client_auth` is how the client says who it is, and `revoke_auth` how it does where tokens are revoked.
    """

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    authorize_url: str = ""
    token_url: str = ""
    revoke_url: str = ""
    discovery_url: str = ""
    scopes: str = ""
    client_auth: str = ""
    revoke_auth: str = ""

    def of(self, firm: Firm) -> "OAuthSettings":
        """Return them as they are for a firm: its profile wins, `{host}` is filled in.

        Raises ConfigurationError naming the firm and what is missing or wrong.
        """
        merged = replace(self, **read_oauth(firm.firm_id, firm.profile.get("oauth")))
        host = urlsplit(firm.base_url or "").netloc
        urls = {}
        for name in URL_KEYS:
            url = getattr(merged, name)
            if "{host}" in url and not host:
                raise ConfigurationError(
                    f"firm {firm.firm_id!r} has no SmartAdvocate address yet, which its {name} is made from",
                    reason=Reason.ADDRESS_MISSING,
                    firm_id=firm.firm_id,
                )
            urls[name] = url.replace("{host}", host)
        merged = replace(merged, **urls)
        known = merged.discovery_url or (merged.authorize_url and merged.token_url)
        if not merged.client_id or not known:
            raise ConfigurationError(
                f"firm {firm.firm_id!r}: connecting by OAuth needs a client id and the server's endpoints: "
                f"{_SETTINGS}CLIENT_ID, and {_SETTINGS}DISCOVERY_URL or {_SETTINGS}AUTHORIZE_URL and "
                f"{_SETTINGS}TOKEN_URL, or 'oauth' in the firm's profile",
                reason=Reason.OAUTH_ENDPOINT_UNKNOWN,
                firm_id=firm.firm_id,
            )
        return merged


def read_oauth(firm_id: str, data: Any) -> dict[str, str]:
    """Read and check `oauth` of a firm's profile. Raises ConfigurationError naming firm, key and limit."""
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise _wrong(firm_id, "oauth", f"must be an object with keys among {', '.join(OAUTH_KEYS)}")
    for key, value in data.items():
        if key not in OAUTH_KEYS:
            raise _wrong(firm_id, f"oauth.{key}", f"is not a key; those are {', '.join(OAUTH_KEYS)}")
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise _wrong(firm_id, f"oauth.{key}", "must be text of up to 500 plain characters")
        if key == "client_auth" and value not in CLIENT_AUTH:
            raise _wrong(firm_id, f"oauth.{key}", f"must be one of {', '.join(CLIENT_AUTH)}")
    return dict(data)


def _wrong(firm_id: str, key: str, problem: str) -> ConfigurationError:
    return ConfigurationError(f"firm {firm_id!r}: SmartAdvocate profile: {key!r} {problem}")
