"""The look-up: whatever id somebody has at hand, with the whole story behind it."""

from fastapi import APIRouter, Request, Response

from adapters.web.pages import firm_words
from adapters.web.pages.cases.value_words import said_of_value
from adapters.web.pages.operations import words
from adapters.web.pages.shell.cursor import firm_url
from adapters.web.pages.shell.shell import Shell
from core.desk import Desk

_LONGEST = 500  # characters of an id


def add_look_up(router: APIRouter, shell: Shell, desk: Desk) -> None:
    """Add the page; the form that leads to it is in the frame of every page."""

    @router.get("/look-up")
    def look_up(request: Request, id: str = "", firm: str = "") -> Response:  # noqa: A002 - its name in the address
        actor, asked = shell.who(request), id.replace("\x00", "").strip()[:_LONGEST]
        story = desk.look_up(actor, firm.strip() or None, asked) if asked else None
        return shell.page(
            request,
            "operations/look_up.html",
            asked=asked,
            story=story,
            is_found=story is not None and bool(story.deliveries or story.notes or story.cases),
            words=words,
            firm_words=firm_words,
            value_of=said_of_value,
            firm_url=firm_url,
        )
