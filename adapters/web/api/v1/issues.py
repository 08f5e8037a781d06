"""Issues: problems that a person should look at."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from adapters.web.api.v1.issues_schemas import (
    Closed,
    CloseWanted,
    Issue,
    Muted,
    MuteWanted,
    Unmuted,
    UnmuteWanted,
)
from adapters.web.api.v1.schemas import LIMIT, Cursor, FirmId, Limit, Listing, OnlyFirm, PageOf
from adapters.web.who import Who
from core.desk import Desk

_Muted = Annotated[bool, Query(description="Also those that are muted.")]


def add_issues(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the routes."""

    @router.get("/issues", summary="List open issues")
    def list_issues(
        request: Request,
        response: Response,
        firm_id: OnlyFirm = None,
        muted: _Muted = False,
        cursor: Cursor = None,
        limit: Limit = LIMIT,
    ) -> PageOf[Issue]:
        """Return open issues, oldest first. casebridge closes them by itself when they are over."""
        listing = Listing(request, response, cursor, int, firm_id=firm_id, muted=muted)
        page = desk.records.issue_page(who(request), firm_id, listing.place, limit, with_muted=muted)
        return listing.answer(page.each(Issue.of))

    @router.post("/firms/{firm_id}/issues/mute", summary="Mute an issue")
    def mute_issue(request: Request, firm_id: FirmId, wanted: MuteWanted) -> Muted:
        """Leave an issue, or all of a kind, out of lists until a time."""
        until = wanted.until
        desk.mute_issue(who(request), firm_id, wanted.kind, wanted.key, until)
        return Muted(kind=wanted.kind, key=wanted.key, until=until)

    @router.post("/firms/{firm_id}/issues/unmute", summary="Show a muted issue again")
    def unmute_issue(request: Request, firm_id: FirmId, wanted: UnmuteWanted) -> Unmuted:
        """Show an issue, or all of a kind, in lists again."""
        desk.mute_issue.unmute(who(request), firm_id, wanted.kind, wanted.key)
        return Unmuted(kind=wanted.kind, key=wanted.key)

    @router.post("/firms/{firm_id}/issues/close", summary="Close an issue that is dealt with")
    def close_issue(request: Request, firm_id: FirmId, wanted: CloseWanted) -> Closed:
        """Close an issue of a kind that does not close by itself: see docs/reference.md."""
        desk.close_issue(who(request), firm_id, wanted.kind, wanted.key)
        return Closed(kind=wanted.kind, key=wanted.key)
