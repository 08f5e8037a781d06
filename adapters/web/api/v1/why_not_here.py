"""Why a case is not here: by whatever somebody has at hand of it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from adapters.web.api.v1.schemas import MAX_TEXT, FirmId
from adapters.web.api.v1.why_not_here_schemas import WhyNotHere
from adapters.web.who import Who
from core.desk import Desk

_Words = Annotated[
    str,
    Query(
        min_length=1,
        max_length=MAX_TEXT,
        pattern=r"^[^\x00]*$",
        description="The address of its page in SmartAdvocate, its number, its id, or the client's name.",
        examples=["300417"],
    ),
]


def add_why_not_here(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the route."""

    @router.get("/firms/{firm_id}/why-not-here", summary="Why a case is not here")
    def why_not_here(request: Request, firm_id: FirmId, case: _Words) -> WhyNotHere:
        """Return what is known of the case, when it was last met, and the reason; SmartAdvocate is not asked.

        `POST …/imports` brings one over at once.
        """
        return WhyNotHere.of(desk.why_not_here(who(request), firm_id, case))
