"""What the exchange announced: to be looked at, sent again, and followed without a broker."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status

from adapters.web.api.v1.announcements_schemas import Announcement, Changes, position_from, position_text
from adapters.web.api.v1.schemas import (
    LIMIT,
    Cursor,
    Limit,
    Listing,
    Number,
    OnlyFirm,
    PageOf,
    number,
    problems,
)
from adapters.web.who import Who
from core.announcement import AnnouncementKind
from core.desk import Desk
from core.queries.announcements import Position
from core.thing import Thing

_Case = Annotated[
    str | None,
    Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$", description="Only about this case."),
]
_After = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=200,
        description="`next` of the answer before; without it from the beginning.",
    ),
]


def add_announcements(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the routes."""

    @router.get("/announcements", summary="List what was announced")
    def list_announcements(
        request: Request,
        response: Response,
        firm_id: OnlyFirm = None,
        kind: AnnouncementKind | None = None,
        case_integration_id: _Case = None,
        cursor: Cursor = None,
        limit: Limit = LIMIT,
    ) -> PageOf[Announcement]:
        """Return what was announced in the last seven days, newest first."""
        listing = Listing(
            request, response, cursor, int, firm_id=firm_id, kind=kind, case=case_integration_id
        )
        page = desk.announcements.newest(
            who(request), firm_id, kind, case_integration_id, listing.place, limit
        )
        return listing.answer(page.each(Announcement.of))

    @router.get("/announcements/{announcement_id}", summary="Read an announcement")
    def read_announcement(request: Request, announcement_id: Number) -> Announcement:
        """Return an announcement as the exchange got it."""
        wanted = number(announcement_id, Thing.ANNOUNCEMENT)
        return Announcement.of(desk.announcements.one(who(request), wanted))

    @router.post(
        "/announcements/{announcement_id}/send",
        status_code=status.HTTP_202_ACCEPTED,
        summary="Send an announcement again",
    )
    def send_announcement(request: Request, announcement_id: Number) -> Announcement:
        """Let the exchange have it once more, with the same `id`, and those who follow the changes too."""
        wanted = number(announcement_id, Thing.ANNOUNCEMENT)
        return Announcement.of(desk.send_again(who(request), wanted))

    @router.get("/changes", summary="Follow what is announced", responses=problems(410))
    def list_changes(request: Request, after: _After = None, limit: Limit = LIMIT) -> Changes:
        """Return announcements behind `after`, in the order of the exchange, as CloudEvents.

        `next` is always there: ask with it again. 410 where it is older than what is kept, seven days.
        """
        position = position_from(after) or Position()
        found, position = desk.announcements.behind(who(request), position, limit)
        return Changes(items=[dict(told.event) for told in found], next=position_text(position))
