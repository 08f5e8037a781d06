"""Events that were set aside. None shows a body. Needs the scope `operate` for all firms."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from adapters.web.api.v1.bulk_schemas import Confirmation
from adapters.web.api.v1.rejected_events_schemas import DiscardedEvent, RejectedEvent, ReplayedEvent
from adapters.web.api.v1.schemas import LIMIT, Cursor, Limit, Listing, Number, PageOf, number
from adapters.web.who import Who
from core.desk import Desk
from core.thing import Thing

_Replayed = Annotated[bool, Query(description="Also those that were replayed or given up.")]


def add_rejected_events(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the routes."""

    @router.get("/rejected-events", summary="List rejected events")
    def list_rejected_events(
        request: Request,
        response: Response,
        replayed: _Replayed = False,
        cursor: Cursor = None,
        limit: Limit = LIMIT,
    ) -> PageOf[RejectedEvent]:
        """Return events that were set aside with the reason, newest first."""
        listing = Listing(request, response, cursor, int, replayed=replayed)
        page = desk.records.rejected_page(who(request), listing.place, limit, with_replayed=replayed)
        return listing.answer(page.each(RejectedEvent.of))

    @router.get("/rejected-events/{event_id}", summary="Read a rejected event")
    def read_rejected_event(request: Request, event_id: Number) -> RejectedEvent:
        """Return why an event was set aside, and whether it can be replayed."""
        found = desk.records.rejected_event(who(request), number(event_id, Thing.REJECTED_EVENT))
        return RejectedEvent.of(found)

    @router.post("/rejected-events/{event_id}/replay", summary="Judge a rejected event again")
    def replay_rejected_event(request: Request, event_id: Number) -> ReplayedEvent:
        """Judge an event again, from the bytes that were kept."""
        wanted = number(event_id, Thing.REJECTED_EVENT)
        return ReplayedEvent.of(desk.replay_events(who(request), [wanted]))

    @router.post("/rejected-events/{event_id}/discard", summary="Give a rejected event up")
    def discard_rejected_event(request: Request, event_id: Number, why: Confirmation) -> DiscardedEvent:
        """Remove the bytes of an event that nobody is to judge again; why it was refused stays.

        `discarded` is false for one that was replayed or given up before.
        """
        wanted = number(event_id, Thing.REJECTED_EVENT)
        return DiscardedEvent(discarded=desk.discard_events(who(request), why.why, [wanted], None, None) > 0)
