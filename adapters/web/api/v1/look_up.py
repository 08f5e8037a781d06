"""The look-up: by the id of a message, document, case or note to the whole story."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from adapters.web.api.v1.look_up_schemas import Story
from adapters.web.api.v1.schemas import MAX_TEXT, OnlyFirm
from adapters.web.who import Who
from core.desk import Desk

_Id = Annotated[
    str,
    Query(
        min_length=1,
        max_length=MAX_TEXT,
        pattern=r"^[^\x00]*$",
        description="The id of a message, a document, a case or a note.",
        examples=["m-1"],
    ),
]


def add_look_up(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the route."""

    @router.get("/look-up", summary="Find the whole story behind an id")
    def look_up(request: Request, id: _Id, firm_id: OnlyFirm = None) -> Story:  # noqa: A002 - its name in the query
        """Return deliveries, notes and cases that the id leads to, with what befell each; perhaps nothing."""
        return Story.of(desk.look_up(who(request), firm_id, id))
