"""Bulk operations: replay or discard of all deliveries that match, counted first, then confirmed."""

from fastapi import APIRouter, Request, Response, status

from adapters.web.api.v1.bulk_schemas import BulkOperation, BulkWanted, Confirmation
from adapters.web.api.v1.schemas import LIMIT, Cursor, Limit, Listing, Number, PageOf, number
from adapters.web.who import Who
from core.desk import Desk
from core.paging import Page, number_in
from core.thing import Thing


def add_bulk(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the routes."""

    @router.post("/bulk", status_code=status.HTTP_201_CREATED, summary="Count a bulk operation")
    def count_bulk(request: Request, response: Response, wanted: BulkWanted) -> BulkOperation:
        """Count the deliveries that match now, and keep that as an operation. Nothing leaves yet."""
        operation = desk.count_bulk(who(request), wanted.kind, wanted.selection())
        response.headers["Location"] = f"/v1/bulk/{operation.bulk_id}"
        return BulkOperation.of(operation)

    @router.get("/bulk", summary="List bulk operations")
    def list_bulk(
        request: Request, response: Response, cursor: Cursor = None, limit: Limit = LIMIT
    ) -> PageOf[BulkOperation]:
        """Return operations that were confirmed, newest first."""
        listing = Listing(request, response, cursor, int)
        before = number_in(listing.place)
        found = desk.bulk.all(who(request), limit + 1, before)
        rows = [BulkOperation.of(one) for one in found[:limit]]
        following = (found[limit - 1].bulk_id,) if len(found) > limit else None
        return listing.answer(Page(rows, following))

    @router.get("/bulk/{bulk_id}", summary="Watch a bulk operation")
    def read_bulk(request: Request, response: Response, bulk_id: Number) -> BulkOperation:
        """Return how far it has come; while it is at work `Retry-After` says when to look again."""
        operation = desk.bulk.get(who(request), number(bulk_id, Thing.BULK))
        if operation.is_at_work:
            response.headers["Retry-After"] = "2"
        return BulkOperation.of(operation)

    @router.post(
        "/bulk/{bulk_id}/confirm", status_code=status.HTTP_202_ACCEPTED, summary="Confirm a bulk operation"
    )
    def confirm_bulk(request: Request, bulk_id: Number, confirmation: Confirmation) -> BulkOperation:
        """Let what was counted be worked off, batch by batch. The reason stands in the audit log."""
        wanted = number(bulk_id, Thing.BULK)
        return BulkOperation.of(desk.confirm_bulk(who(request), wanted, confirmation.why))

    @router.post("/bulk/{bulk_id}/cancel", summary="Cancel a bulk operation")
    def cancel_bulk(request: Request, bulk_id: Number) -> BulkOperation:
        """Begin no further batch; what it has done stays."""
        return BulkOperation.of(desk.cancel_bulk(who(request), number(bulk_id, Thing.BULK)))
