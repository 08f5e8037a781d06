"""The paged window searches: what the request asks for, and the envelope of the answer (API sheet, section
4).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from starlette.responses import Response

from sandbox.answer import Refusal, dump, raw
from sandbox.call import Call
from sandbox.dates import parse_ms

DEFAULT_PAGE_SIZE = 100


class Page(NamedTuple):
    """A window, both ends inclusive, in milliseconds UTC; a page of it from 0; the numbers asked for, if
    any; whether it is to be sorted by `caseID` first.
    """

    from_ms: int
    to_ms: int
    page: int
    size: int
    case_numbers: frozenset[str]
    by_id: bool = False


def asked(call: Call) -> Page:
    """The page a search asks for; its size is cut to the cap. Refuses a missing window or a wrong type with
    400.

    `filterExpression` is accepted and ignored, of `sorts` all but a leading `caseID`: which properties they
    take is UNKNOWN.
    """
    body = {key.lower(): value for key, value in call.json_object().items()}
    paging = body.get("pagerequest")
    paging = {key.lower(): value for key, value in paging.items()} if isinstance(paging, dict) else {}
    page = _count(paging, "currentpage", 0, least=0)
    cap = call.style("page_cap")
    limit = min(call.world.options.page_cap, int(cap["size"]) if cap else call.world.options.page_cap)
    size = min(_count(paging, "pagesize", DEFAULT_PAGE_SIZE, least=1), max(limit, 1))
    if call.style("repeat_page"):
        page = max(page - 1, 0)
    numbers = body.get("casenumbers") or []
    wanted = frozenset(map(str, numbers)) if isinstance(numbers, list) else frozenset()
    return Page(
        _moment(body, "modifiedFromDateTime"),
        _moment(body, "modifiedToDateTime"),
        page,
        size,
        wanted,
        by_id=_sorts(call, paging)[:1] == ["caseid"],
    )


def _sorts(call: Call, paging: dict[str, Any]) -> list[str]:
    sorts = paging.get("sorts")
    names = [
        str({key.lower(): value for key, value in sort.items()}.get("propertypath", "")).lower()
        for sort in (sorts if isinstance(sorts, list) else ())
        if isinstance(sort, dict)
    ]
    refused = call.style("refuse_sort")
    if refused and refused["property"].lower() in names:
        raise Refusal(int(refused["status"]), "The sort is not valid.")
    return names


def _moment(body: dict[str, Any], name: str) -> int:
    value = body.get(name.lower())
    try:
        return parse_ms(str(value))
    except (TypeError, ValueError, OverflowError):
        raise Refusal(400, f"{name} must be a date and time.") from None


def _count(paging: dict[str, Any], name: str, default: int, *, least: int) -> int:
    value = paging.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise Refusal(400, f"pageRequest.{name} must be a whole number from {least}.")
    return value


def last_page(total: int, size: int) -> int:
    """The number of the last page that has rows, 0 for an empty window."""
    return max((total - 1) // size, 0)


def enveloped(call: Call, joined: bytes, total: int, page: Page, plural: str) -> Response:
    """Rows joined by commas, in the envelope that is switched on: `{records}` unless another one is."""
    wrong = call.style("wrong_total")
    if wrong:
        total = max(total + int(wrong["more"]) - int(wrong["fewer"]), 0)
    style = call.style("envelope")
    kind = style["style"] if style else "records"
    if kind == "array":
        return raw(b"[" + joined + b"]")
    if kind == "records":
        return raw(b'{"records":[' + joined + b"]}")
    numbers = {
        "currentPage": page.page,
        "pageSize": page.size,
        "totalPages": -(-total // page.size),
        "totalRecords": total,
    }
    return raw(b'{"' + plural.encode() + b'":[' + joined + b'],"pageRequest":' + dump(numbers) + b"}")
