"""Who asks, by `Authorization: Bearer KEY` (RFC 9110, 11; RFC 6750, 2.1 and 3)."""

import re
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request

from adapters.web.api.keys import ApiKeys
from adapters.web.auth.strangers import UnauthorizedError
from adapters.web.who import Who
from core.actor import Actor, Power

REALM: Final = 'Bearer realm="casebridge"'
# credentials = auth-scheme 1*SP token; the scheme in any letter case. A tab parts nothing.
_BEARER: Final = re.compile(rb"bearer(?: +(.*))?", re.IGNORECASE | re.DOTALL)


def authorized(values: Sequence[bytes], keys: ApiKeys) -> Actor:
    """Return who asks by these `Authorization` headers, exactly one of them. Raises UnauthorizedError."""
    if len(values) > 1:
        detail = "there are several Authorization headers; send one"
        raise UnauthorizedError(400, detail, _challenge("invalid_request", detail))
    found = _BEARER.fullmatch(values[0].strip(b" \t")) if values else None
    if found is None:
        # No error code: nothing was presented by this scheme (RFC 6750, 3.1).
        raise UnauthorizedError(401, "send a valid API key as 'Authorization: Bearer KEY'", REALM)
    actor = keys.actor_of((found[1] or b"").decode("utf-8", "replace"))
    if actor is None:
        detail = "the API key is not known; send a valid one as 'Authorization: Bearer KEY'"
        raise UnauthorizedError(401, detail, _challenge("invalid_token", "the API key is not known"))
    return actor


def lacks_scope(scope: Power) -> str:
    """Return the `WWW-Authenticate` for a key that may not do this."""
    return f'{_challenge("insufficient_scope", f"the API key lacks the scope {scope}")}, scope="{scope}"'


def _challenge(error: str, description: str) -> str:
    return f'{REALM}, error="{error}", error_description="{description}"'


def who_by_key(keys: ApiKeys) -> Who:
    """Return what tells who sent a request, by its key. It raises UnauthorizedError for nobody."""

    def who(request: Request) -> Actor:
        given = [value for name, value in request.scope["headers"] if name == b"authorization"]
        return authorized(given, keys)

    return who
