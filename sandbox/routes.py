"""Every route of the sandbox with its grade from the API sheet, section 14. The one place to follow the
real documentation.

OAuth is not among them: its paths are settable, see `oauth_options.py`. Paths are relative to `BASE_PATH`;
route and query names are matched without regard to letter case (INFERRED from the spellings clients use).
"""

from __future__ import annotations

from typing import NamedTuple

BASE_PATH = "/casesyncapi/"


class Route(NamedTuple):
    """A purpose, what is called for it, and how sure we are that SmartAdvocate has it."""

    purpose: str
    verb: str
    path: str
    grade: str


ROUTES = (
    Route("log-in", "POST", "Users/authenticate", "VENDOR"),
    Route("search-cases", "POST", "case/byDatePaged", "UNVERIFIED path; operation THIRD-PARTY"),
    Route("case-by-id", "GET", "case/{id}", "CLIENT CODE"),
    Route("case-by-number", "GET", "case/CaseInfo", "VENDOR; AddContactInfo CLIENT CODE"),
    Route("case-contacts", "GET", "case/{id}/contacts", "CLIENT CODE; rows UNKNOWN"),
    Route("list-notes", "GET", "case/{id}/notes", "VENDOR"),
    Route("notes-by-number", "GET", "case/notes/byCaseNumber", "VENDOR"),
    Route("insert-note", "POST", "case/{id}/notes", "UNVERIFIED path and body; operation VENDOR"),
    Route("list-documents", "GET", "case/{id}/documents", "CLIENT CODE"),
    Route("search-documents", "POST", "case/documents/byDatePaged", "CLIENT CODE"),
    Route("upload-document", "POST", "case/{id}/documents", "UNVERIFIED"),
    Route("document-content", "GET", "case/document/{id}/content", "CLIENT CODE"),
    Route("case-statuses", "GET", "case/statuses", "UNVERIFIED path; existence THIRD-PARTY"),
    Route("case-types", "GET", "case/types", "UNVERIFIED path; existence THIRD-PARTY"),
    Route("case-groups", "GET", "case/CaseGroup", "CLIENT CODE; rows UNKNOWN"),
    Route("note-types", "GET", "case/notes/types", "UNVERIFIED"),
    Route("document-categories", "GET", "case/documents/categories", "UNVERIFIED"),
    Route("users", "GET", "users", "UNVERIFIED path; existence THIRD-PARTY"),
    Route("contact-types", "GET", "contact/ContactTypes", "CLIENT CODE"),
)
PURPOSES = tuple(route.purpose for route in ROUTES)

_BY_SHAPE = {(route.verb, BASE_PATH + route.path.lower()): route for route in ROUTES}
_SHAPES = {shape for _, shape in _BY_SHAPE}


class Match(NamedTuple):
    """The route of a request and the number in its path, 0 where there is none."""

    route: Route | None
    number: int
    known_path: bool


def match(verb: str, path: str) -> Match:
    """The route for a verb and a path; `known_path` tells a wrong verb from a wrong path."""
    number = 0
    parts = path.lower().rstrip("/").split("/")
    for place, part in enumerate(parts):
        if part.isdecimal() and part.isascii():
            number, parts[place] = int(part), "{id}"
    shape = "/".join(parts)
    route = _BY_SHAPE.get((verb, shape))
    return Match(route, number, route is not None or shape in _SHAPES)
