"""Cases as they came over: follow them, read one and its history, what is wrong with some, import one."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from adapters.web.api.v1.cases_schemas import (
    Case,
    CaseWanted,
    Change,
    FoundCase,
    Imported,
    Problem,
    changed_since,
)
from adapters.web.api.v1.schemas import LIMIT, CaseId, Cursor, FirmId, Limit, Listing, PageOf, Time
from adapters.web.who import Who
from core.case import SkipReason
from core.desk import Desk

_Since = Annotated[
    Time | None,
    Query(description="Begin with what changed here after this time, instead of a cursor."),
]


def add_cases(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the routes."""

    @router.get("/firms/{firm_id}/cases", summary="Follow a firm's cases")
    def list_cases(
        request: Request,
        response: Response,
        firm_id: FirmId,
        changed_after: _Since = None,
        cursor: Cursor = None,
        limit: Limit = LIMIT,
    ) -> PageOf[Case]:
        """Return cases in the order in which they changed here, the earliest first.

        The list has no end: `next` of the last page leads to what changes later, and a case that changes
        comes again. Keep it, and ask with it as often as you like: nothing is missed.
        """
        listing = Listing(request, response, cursor, datetime, str)
        place = listing.place or changed_since(changed_after)
        page = desk.cases.changed(who(request), firm_id, place, limit)
        return listing.answer(page.each(Case.of))

    @router.get("/firms/{firm_id}/cases/{case_id}", summary="Read a case")
    def read_case(request: Request, firm_id: FirmId, case_id: CaseId) -> Case:
        """Return a case as Case Status keeps it, with its client."""
        return Case.of(desk.cases.get(who(request), firm_id, case_id))

    @router.get("/firms/{firm_id}/cases/{case_id}/changes", summary="What changed about a case")
    def list_case_changes(
        request: Request,
        response: Response,
        firm_id: FirmId,
        case_id: CaseId,
        cursor: Cursor = None,
        limit: Limit = LIMIT,
    ) -> PageOf[Change]:
        """Return each change with old and new value and the run it was found in, newest first."""
        listing = Listing(request, response, cursor, int)
        page = desk.cases.history_page(who(request), firm_id, case_id, listing.place, limit)
        return listing.answer(page.each(Change.of))

    @router.post("/firms/{firm_id}/imports/find", summary="Find one case in SmartAdvocate")
    def find_case(request: Request, firm_id: FirmId, wanted: CaseWanted) -> FoundCase:
        """Read a case by its id, number or the address of its page, to be recognised. Nothing is stored."""
        actor = who(request)
        found = desk.import_by_hand.find(actor, desk.firms.get(actor, firm_id), wanted.case)
        return FoundCase.of(found)

    @router.post("/firms/{firm_id}/imports", summary="Import or update one case")
    def import_case(request: Request, firm_id: FirmId, wanted: CaseWanted) -> Imported:
        """Import a case by its id, number or the address of its page; one that is here is updated."""
        actor = who(request)
        firm = desk.firms.get(actor, firm_id)
        found = desk.import_by_hand.find(actor, firm, wanted.case)
        return Imported.of(desk.import_by_hand(actor, firm, found))

    @router.get("/firms/{firm_id}/problems", summary="Cases that something is wrong with")
    def list_problems(
        request: Request,
        response: Response,
        firm_id: FirmId,
        reason: SkipReason | None = None,
        cursor: Cursor = None,
        limit: Limit = LIMIT,
    ) -> PageOf[Problem]:
        """Return cases that are skipped, or keep what they had, by id. Each is tried again every night."""
        listing = Listing(request, response, cursor, str, reason=reason)
        page = desk.cases.problem_page(who(request), firm_id, reason, listing.place, limit)
        return listing.answer(page.each(Problem.of))
