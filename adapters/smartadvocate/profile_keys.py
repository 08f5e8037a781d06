"""The keys of a firm's SmartAdvocate profile, each with its meaning, its default and an example.

docs/profile.md shows the same; a test holds both to `profile.read_profile`.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from adapters.smartadvocate.profile import AUTO, DEFAULT_SORT, DEFAULT_TIE_SORT
from adapters.smartadvocate.routes import ROUTES, Purpose
from core.profile import ProfileKey

_PLAIN: Final = (
    ProfileKey(
        "envelope",
        "how answers hold their list: auto, array, records, or the name of the field that holds it",
        AUTO,
        "Results",
    ),
    ProfileKey(
        "zone", "the time zone of times that come without one, an IANA name", "UTC", "America/New_York"
    ),
    ProfileKey(
        "search_sort",
        "the field by which the case search is asked to sort; null sends no sort",
        DEFAULT_SORT,
        "lastModifiedDate",
    ),
    ProfileKey(
        "search_tie_sort",
        "the field to sort by after that, the case's id; null sends none, and a refused one is left out",
        DEFAULT_TIE_SORT,
        "CaseId",
    ),
    ProfileKey(
        "closed_date_field",
        "the field of a case that holds its closed date, read before the names that are guessed",
        None,
        "dateClosed",
    ),
    ProfileKey(
        "stage_field",
        "the field of a case that holds SmartAdvocate's own stage, read before the names that are guessed",
        None,
        "caseStage",
    ),
)
_ROUTES: Final = {
    Purpose.LOG_IN: "Users/login",
    Purpose.SEARCH_CASES: "case/cases/byDatePaged?AddContactInfo=true",
    Purpose.CASE_STATUSES: "lookups/caseStatuses",
    Purpose.NOTE_TYPES: "lookups/noteTypes",
    Purpose.DOCUMENT_CATEGORIES: "lookups/documentCategories",
}
_OAUTH: Final = {
    "authorize_url": ("where a browser goes to allow access", "https://{host}/oauth/authorize"),
    "token_url": ("where tokens are given", "https://{host}/oauth/token"),
    "revoke_url": ("where a token is revoked (RFC 7009)", "https://{host}/oauth/revoke"),
    "discovery_url": (
        "a document with these addresses (RFC 8414)",
        "https://{host}/.well-known/oauth-authorization-server",
    ),
    "client_id": ("the client's id, where the firm has one of its own", "casebridge-north"),
    "client_auth": (
        "how the client says who it is (RFC 6749, 2.3.1), where no document names a way",
        "client_secret_post",
    ),
    "scopes": ("what is asked for, spaces between", "case_read note_write"),
}


def profile_keys() -> Sequence[ProfileKey]:
    """Return all keys, in the order in which they are shown."""
    return [*_PLAIN, *_of_routes(), *_of_oauth()]


def _of_routes() -> Iterator[ProfileKey]:
    for route in ROUTES:
        what = f"the path below the base URL for {route.purpose.replace('_', ' ')}; {route.grade}"
        example = _ROUTES.get(route.purpose) or f"v2/{route.path}"
        yield ProfileKey(f"routes.{route.purpose}", what, route.path, example)


def _of_oauth() -> Iterator[ProfileKey]:
    for key, (what, example) in _OAUTH.items():
        yield ProfileKey(
            f"oauth.{key}", f"{what}; UNVERIFIED, by default as the deployment is set", None, example
        )
