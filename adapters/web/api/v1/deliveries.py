"""Deliveries: messages and documents on their way. Never their content."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from adapters.web.api.v1.deliveries_schemas import Delivery, DeliveryStory, Replayed
from adapters.web.api.v1.schemas import LIMIT, Cursor, Limit, Listing, Number, OnlyFirm, PageOf, Time, number
from adapters.web.who import Who
from core.delivery import DeliveryState
from core.delivery_selection import Selection
from core.desk import Desk
from core.event import EventKind
from core.reason import Reason
from core.thing import Thing

_Case = Annotated[
    str | None, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$", description="Only of this case.")
]
_States = Annotated[list[DeliveryState], Query(max_length=10, description="Only in one of these states.")]
_Since = Annotated[Time | None, Query(description="Only received then or later.")]


def add_deliveries(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the routes."""

    @router.get("/deliveries", summary="List deliveries")
    def list_deliveries(
        request: Request,
        response: Response,
        firm_id: OnlyFirm = None,
        case_integration_id: _Case = None,
        state: _States = [],  # noqa: B006 - FastAPI copies it
        reason: Reason | None = None,
        kind: EventKind | None = None,
        since: _Since = None,
        cursor: Cursor = None,
        limit: Limit = LIMIT,
    ) -> PageOf[Delivery]:
        """Return deliveries with their state and reason, newest first."""
        selection = Selection(firm_id, case_integration_id, tuple(sorted(set(state))), reason, since, kind)
        listing = Listing(request, response, cursor, int, selection=selection)
        page = desk.deliveries.page(who(request), selection, listing.place, limit)
        return listing.answer(page.each(Delivery.of))

    @router.get("/deliveries/{delivery_id}", summary="Read a delivery with its timeline")
    def read_delivery(request: Request, delivery_id: Number) -> DeliveryStory:
        """Return a delivery with everything that befell it, oldest first."""
        story = desk.deliveries.story(who(request), number(delivery_id, Thing.DELIVERY))
        return DeliveryStory.told(story)

    @router.post("/deliveries/{delivery_id}/replay", summary="Let a delivery leave again")
    def replay_delivery(request: Request, delivery_id: Number) -> Replayed:
        """Let a held, failed or retrying delivery leave again; what may be there is looked up first.

        `replayed` is false for one that is on its way or delivered.
        """
        selection = Selection(delivery_id=number(delivery_id, Thing.DELIVERY), states=_REPLAYABLE)
        return Replayed(replayed=desk.replay_deliveries(who(request), selection) > 0)


_REPLAYABLE = (DeliveryState.HELD, DeliveryState.FAILED, DeliveryState.RETRYING)
