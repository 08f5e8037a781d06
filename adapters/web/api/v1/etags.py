"""The state of settings in headers: `ETag`, and `If-Match` for who changes them (RFC 9110, 8.8.3, 13.1.1)."""

import re
from collections.abc import Collection
from typing import Final

from fastapi import Request, Response

from core.errors import ConfigurationError
from core.firm import Firm
from core.reason import Reason
from core.setting_state import state_of
from core.setting_version import SettingKind

_TAG: Final = re.compile(r'\s*(W/)?"([^"]*)"\s*(?:,|$)')


def put_etag(response: Response, firm: Firm, kind: SettingKind | None) -> None:
    """Tell the state of the settings of a kind (None: the plain ones)."""
    response.headers["ETag"] = f'"{state_of(firm, kind)}"'


def expected(request: Request) -> Collection[str] | None:
    """Return the states in which the settings may be changed, None for any. Raises ConfigurationError.

    A weak tag is no state of ours: it never matches.
    """
    headers = request.headers.getlist("if-match")
    given = ", ".join(headers).strip()
    if not headers or given == "*":
        return None
    states: set[str] = set()
    place = 0
    while place < len(given) or not given:
        found = _TAG.match(given, place)
        if found is None:
            raise ConfigurationError("If-Match is not a list of entity tags", reason=Reason.MALFORMED)
        if not found[1]:
            states.add(found[2])
        place = found.end()
    return states
