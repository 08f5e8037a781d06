"""Firms by how much they need somebody."""

from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request, Response

from adapters.web.pages.managing import words
from adapters.web.pages.operations import filters
from adapters.web.pages.shell.numbers import count
from adapters.web.pages.shell.shell import Shell
from core.desk import Desk
from core.errors import ConfigurationError
from core.overview import Behind, FirmAtAGlance, FirmOrder

_ROWS: Final = 50
_MOST_WORDS: Final = 100


def add_firms(router: APIRouter, shell: Shell, desk: Desk) -> None:
    """Add the page."""

    @router.get("/firms")
    def firms(request: Request) -> Response:
        actor, given = shell.who(request), request.query_params
        order = FirmOrder.PROBLEMS if given.get("by") == FirmOrder.PROBLEMS else FirmOrder.NIGHT
        wanted = given.get("q", "").strip()[:_MOST_WORDS]
        behind = _behind(given.get("firm"), given.get("at"), given.get("issues"))
        found = desk.firm_overview(actor, order, _ROWS + 1, behind, wanted)
        rows, now = found[:_ROWS], desk.clock.now()
        fields = [("by", order.value), *([("q", wanted)] if wanted else [])]
        return shell.page(
            request,
            "managing/firms.html",
            rows=[(firm, *_night(firm, now)) for firm in rows],
            order=order.value,
            wanted=wanted,
            orders=[("night", "Longest without a good night"), ("problems", "Most open problems")],
            first=filters.address("/firms", fields) if behind is not None else None,
            next=_next(fields, rows[-1]) if len(found) > _ROWS else None,
            words=words,
        )


def _night(firm: FirmAtAGlance, now: datetime) -> tuple[str, str]:
    """Return tone and words of how long ago the last good night was."""
    nights = firm.nights_without(now)
    if not firm.nightly_sync and nights is None:
        return "off", "Nightly sync is off"
    if nights is None:
        return ("bad" if firm.first_synced_at else "info"), "None yet"
    if nights < 2:
        return "good", "Last night" if nights else "Less than a day ago"
    return ("wait" if nights < 4 else "bad"), f"{count(nights, 'day')} ago"


def _next(fields: list[tuple[str, str]], last: FirmAtAGlance) -> str:
    place = Behind.after(last)
    at = [("at", place.good_at.isoformat())] if place.good_at else []
    return filters.address("/firms", [*fields, ("firm", place.firm_id), *at, ("issues", str(place.issues))])


def _behind(firm_id: str | None, at: str | None, issues: str | None) -> Behind | None:
    if not firm_id:
        return None
    try:
        good_at = datetime.fromisoformat(at) if at else None
    except ValueError:
        raise ConfigurationError(f"{at!r} is no time") from None
    if good_at is not None and good_at.tzinfo is None:
        raise ConfigurationError(f"{at!r} has no offset")
    return Behind(firm_id, good_at, filters.number_of(issues) or 0)
