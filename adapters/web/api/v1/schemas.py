"""Shapes that all parts of `/v1` share."""

import re
from datetime import datetime
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.web.api.problem_document import PROBLEM_REF
from adapters.web.api.v1.cursors import decode, encode, list_name
from core.errors import UnknownThingError
from core.instant import in_utc
from core.paging import MOST, USUAL, Page, Place
from core.thing import Thing

T = TypeVar("T")

ID_PATTERN: Final = r"^[0-9]{1,18}$"
MAX_TEXT: Final = 500
_NO_ZERO: Final = r"^[^\x00]*$"
_DAY_AND_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:")

FirmId = Annotated[
    str,
    Path(min_length=1, max_length=200, pattern=_NO_ZERO, description="The firm's id.", examples=["north"]),
]
CaseId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=200,
        pattern=_NO_ZERO,
        description="SmartAdvocate's case id.",
        examples=["300417"],
    ),
]
OnlyFirm = Annotated[
    str | None,
    Query(
        min_length=1, max_length=200, pattern=_NO_ZERO, description="Only of this firm.", examples=["north"]
    ),
]
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many rows a page has at the most.")]
Cursor = Annotated[
    str | None,
    Query(min_length=1, max_length=2_000, description="`next` of the page before, as it was given."),
]
Number = Annotated[
    str, Path(min_length=1, max_length=18, pattern=ID_PATTERN, description="The id, as a list shows it.")
]
Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT, pattern=_NO_ZERO)]


def _written_out(value: object) -> object:
    """Refuse a number, of which pydantic makes seconds since 1970, and a day without a time."""
    if not isinstance(value, str) or not _DAY_AND_TIME.match(value):
        raise ValueError("it is no time such as 2026-11-01T00:00:00Z")
    return value


Time = Annotated[datetime, BeforeValidator(_written_out), AfterValidator(in_utc)]
"""A time that somebody asks for, in UTC."""
LIMIT: Final = USUAL


class Shape(BaseModel):
    """What goes out."""

    model_config = ConfigDict(frozen=True)


class Asked(BaseModel):
    """What comes in: a field that is not known is refused, or a slip would pass for a setting."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PageOf(Shape, Generic[T]):
    """Rows of a list; `next` is the cursor of the page that follows, null where there is none."""

    items: list[T]
    next: str | None = Field(description="To be given as `cursor`; it is in the header `Link`, too.")


class Listing:
    """A list as a request asks for it: where it goes on, and how the page is answered."""

    def __init__(
        self, request: Request, response: Response, cursor: str | None, *kinds: type, **filters: Any
    ) -> None:
        """`kinds` are those of the parts of a place, `filters` what else tells the list from others."""
        self._request = request
        self._response = response
        self._name = list_name(request.url.path, filters)
        self.place: Place | None = decode(cursor, self._name, *kinds)

    def answer(self, page: Page[T]) -> "PageOf[T]":
        """Return the page, with the way to the next in `Link` (RFC 8288)."""
        following = None if page.next is None else encode(page.next, self._name)
        if following is not None:
            url = self._request.url.include_query_params(cursor=following)
            self._response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
        return PageOf[T].model_construct(items=list(page.rows), next=following)


def number(text: str, thing: Thing) -> int:
    """Return the number that an id is. Raises UnknownThingError for what cannot be one."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise UnknownThingError(f"there is no {thing} {text[:40]!r}", thing=thing)
    return int(text)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of the refusals that a route has beside those of all routes."""
    return {
        status: {
            "description": _DESCRIPTIONS[status],
            "content": {"application/problem+json": {"schema": {"$ref": PROBLEM_REF}}},
        }
        for status in statuses
    }


_DESCRIPTIONS: Final = {
    400: "The request cannot be read.",
    401: "The API key is missing or wrong.",
    403: "The key lacks the scope, or does not reach the firm.",
    404: "There is no such thing, or it is not the key's to see.",
    409: "It cannot be done as things stand.",
    410: "What was asked for is kept no longer.",
    412: "The settings are no longer what `If-Match` says.",
    413: "The body is too long.",
    415: "The body is not JSON.",
    422: "A field is missing or wrong. `errors` names each.",
    429: "Too many requests under this key; `Retry-After` says how long to wait.",
    500: "An unexpected error; nothing is known to have been done.",
    502: "SmartAdvocate answered what cannot be read.",
    503: "A server is away or busy; `Retry-After` says when to try again.",
}
CSV: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The file."}
}
EVERYWHERE: Final = (400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 502, 503)
