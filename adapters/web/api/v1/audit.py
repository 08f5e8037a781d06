"""The audit log: who changed what, and when."""

from fastapi import APIRouter, Request, Response

from adapters.web.api.v1.audit_schemas import Entry
from adapters.web.api.v1.schemas import LIMIT, Cursor, Limit, Listing, OnlyFirm, PageOf
from adapters.web.who import Who
from core.desk import Desk


def add_audit(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the route."""

    @router.get("/audit", summary="Read the audit log")
    def list_audit_entries(
        request: Request,
        response: Response,
        firm_id: OnlyFirm = None,
        cursor: Cursor = None,
        limit: Limit = LIMIT,
    ) -> PageOf[Entry]:
        """Return what people and programs changed, newest first. It outlives its firm."""
        listing = Listing(request, response, cursor, int, firm_id=firm_id)
        page = desk.records.audit_page(who(request), firm_id, listing.place, limit)
        return listing.answer(page.each(Entry.of))
