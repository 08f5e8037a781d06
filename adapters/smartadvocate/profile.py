"""A firm's SmartAdvocate profile: what is UNVERIFIED or differs by deployment, corrected as data.

{"routes": {"search_cases": "case/cases/byDatePaged"},   # keys: `routes.Purpose`; paths below the base URL
 "envelope": "auto",                # or "array", "records", or the key under which answers hold their list
 "zone": "UTC",                     # of times that come without a zone (API sheet, section 5)
 "search_sort": "modifiedDate",     # property to sort the case search by, or null to send no sort
 "search_tie_sort": "caseID",       # and by which then, or null to send none; one that is refused is left out
 "closed_date_field": "…",          # read before the names that are guessed (API sheet, section 6)
 "stage_field": "…",                # of SmartAdvocate's own stage, read before the names that are guessed
 "oauth": {"token_url": "https://{host}/oauth/token"}}  # UNVERIFIED, see `oauth_endpoints.py`
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from adapters.http.hosts import HostGuard
from adapters.smartadvocate.oauth_endpoints import URL_KEYS, read_oauth
from adapters.smartadvocate.routes import ROUTES, Grade, Purpose, Route
from core.errors import ConfigurationError
from core.profile import ProfileCheck

AUTO: Final = "auto"
ARRAY: Final = "array"
DEFAULT_SORT: Final = "modifiedDate"
DEFAULT_TIE_SORT: Final = "caseID"
_KEYS: Final = (
    *("routes", "envelope", "zone", "search_sort", "search_tie_sort", "closed_date_field"),
    *("stage_field", "oauth"),
)
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_PATH: Final = re.compile(r"[A-Za-z0-9_.~!$&'()*+,;=:@%/?{}-]{1,300}")
_ZONE: Final = re.compile(r"[A-Za-z0-9_+-]{1,40}(?:/[A-Za-z0-9_+-]{1,40}){0,2}")
_FIELD: Final = re.compile(r"[A-Za-z0-9_$@][A-Za-z0-9_$@.-]{0,99}")
_FIELDS: Final = ("envelope", "search_sort", "search_tie_sort", "closed_date_field", "stage_field")
_OF_THE_FIRM: Final = re.compile(r"https?://[^/?#]*\{host\}")
_MAX_NAME: Final = 100  # characters


@dataclass(frozen=True, slots=True)
class Profile:
    """A validated profile. `zone` is None for UTC, the common case."""

    routes: Mapping[Purpose, Route]
    envelope: str = AUTO
    zone: ZoneInfo | None = None
    search_sort: str | None = DEFAULT_SORT
    search_tie_sort: str | None = DEFAULT_TIE_SORT
    closed_date_field: str | None = None
    stage_field: str | None = None


def read_profile(firm_id: str, data: Mapping[str, Any]) -> Profile:
    """Read and check a firm's profile. Raises ConfigurationError naming the firm, the key and the limit."""
    unknown = sorted(str(key) for key in data if key not in _KEYS)
    if unknown:
        raise _wrong(firm_id, unknown[0], f"is not a key of the profile; those are {', '.join(_KEYS)}")
    read_oauth(firm_id, data.get("oauth"))
    return Profile(
        routes=_routes(firm_id, data.get("routes")),
        envelope=_name(firm_id, data, "envelope") or AUTO,
        zone=_zone(firm_id, data),
        search_sort=_name(firm_id, data, "search_sort") if "search_sort" in data else DEFAULT_SORT,
        search_tie_sort=(
            _name(firm_id, data, "search_tie_sort") if "search_tie_sort" in data else DEFAULT_TIE_SORT
        ),
        closed_date_field=_name(firm_id, data, "closed_date_field"),
        stage_field=_name(firm_id, data, "stage_field"),
    )


def check_of_profiles(hosts: HostGuard) -> ProfileCheck:
    """Return the check of a profile that somebody gives: stricter than of one that a firm works with already.

    Fields have to be names, and addresses such as may be called. `{host}` stands for the firm's own
    SmartAdvocate, which was judged when it was given.
    """

    def check(firm_id: str, data: Mapping[str, Any]) -> None:
        read_profile(firm_id, data)
        for key in _FIELDS:
            name = _name(firm_id, data, key)
            if name is not None and not _FIELD.fullmatch(name):
                raise _wrong(firm_id, key, "must be a word of up to 100 letters, digits and _ $ @ . -")
        for key, url in read_oauth(firm_id, data.get("oauth")).items():
            if key in URL_KEYS and not _OF_THE_FIRM.match(url):
                what = f"firm {firm_id!r}: SmartAdvocate profile: 'oauth.{key}'"
                hosts.check(url.replace("{host}", "host"), what)

    return check


def _routes(firm_id: str, overrides: object) -> Mapping[Purpose, Route]:
    table = {route.purpose: route for route in ROUTES}
    if overrides is None:
        return MappingProxyType(table)
    if not isinstance(overrides, Mapping):
        raise _wrong(firm_id, "routes", "must be an object of route names and paths")
    for name, path in overrides.items():
        if name not in table:
            known = ", ".join(purpose.value for purpose in table)
            raise _wrong(firm_id, f"routes.{name}", f"is not a route; those are {known}")
        old = table[Purpose(name)]
        new_path = _path(firm_id, name, path, old.path)
        table[old.purpose] = Route(
            old.purpose, old.verb, new_path, Grade.UNVERIFIED, "set in the firm's profile"
        )
    return MappingProxyType(table)


def _path(firm_id: str, name: str, path: object, default: str) -> str:
    key = f"routes.{name}"
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise _wrong(firm_id, key, "must be a path of up to 300 URL characters")
    location = path.partition("?")[0]
    if path.startswith("/") or "//" in location or ":" in location or ".." in location.split("/"):
        raise _wrong(firm_id, key, f"must be relative to the base URL, like {default!r}, not {path!r}")
    default_names, names = set(_PLACEHOLDER.findall(default)), set(_PLACEHOLDER.findall(path))
    if default_names != names or path.count("{") != len(names) or path.count("}") != len(names):
        raise _wrong(firm_id, key, f"must hold exactly the placeholders of {default!r}, each once")
    return path


def _zone(firm_id: str, data: Mapping[str, Any]) -> ZoneInfo | None:
    name = data.get("zone")
    if name is None or name == "UTC":
        return None
    if not isinstance(name, str) or not _ZONE.fullmatch(name.strip()):
        raise _wrong(firm_id, "zone", "must be the name of a time zone, like America/New_York")
    try:
        return ZoneInfo(name.strip())
    except (ValueError, OSError, LookupError):
        raise _wrong(
            firm_id, "zone", f"is {name!r}, which is no known time zone; an example is America/New_York"
        ) from None


def _name(firm_id: str, data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > _MAX_NAME:
        raise _wrong(firm_id, key, f"must be a word of up to {_MAX_NAME} characters")
    return value.strip()


def _wrong(firm_id: str, key: str, problem: str) -> ConfigurationError:
    return ConfigurationError(f"firm {firm_id!r}: SmartAdvocate profile: {key!r} {problem}")
