"""A firm's home: one line that is true, what waits, and the one thing to do next."""

from fastapi import FastAPI, Request, Response

from adapters.web.pages import firm_words
from adapters.web.pages.page_words import WORDS
from adapters.web.pages.shell.cursor import firm_url
from adapters.web.pages.shell.shell import Shell
from core.actor import Actor, Power
from core.desk import Desk


def add_home_pages(app: FastAPI, desk: Desk, shell: Shell) -> None:
    """Add the firm's home."""
    router = shell.router()

    @router.get("/firms/{firm_id}")
    def home(request: Request, firm_id: str) -> Response:
        actor = shell.who(request)
        glance = desk.firm_home(actor, firm_id)
        return shell.page(
            request,
            "firm/home.html",
            firm=glance.firm,
            glance=glance,
            next_night=firm_words.minute(desk.next_night(actor, firm_id), glance.firm.time_zone),
            url=firm_url(firm_id),
            words=firm_words,
            reasons=WORDS,
        )

    app.include_router(router)


def first_page(actor: Actor) -> str:
    """Return where `/` leads somebody: to the one firm, else to the list of firms."""
    if actor.firm_id is not None and not actor.may(Power.MANAGE):
        return firm_url(actor.firm_id)
    return "/firms"
