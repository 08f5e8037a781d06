"""What `/` leads to: who is signed in to their firm or firms; anybody else learns who finds what where."""

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from adapters.web.auth.strangers import NotSignedInError
from adapters.web.pages.firm.home import first_page
from adapters.web.pages.safe_answer import safe
from adapters.web.pages.shell.template import templates
from adapters.web.who import Who
from core.errors import CasebridgeError


def add_home_page(app: FastAPI, who: Who) -> None:
    """Add the page."""
    text = templates().get_template("home.html").render()

    @app.get("/", include_in_schema=False)
    def home(request: Request) -> Response:
        try:
            actor = who(request)
        except (NotSignedInError, CasebridgeError):
            return safe(HTMLResponse(text))
        return safe(RedirectResponse(first_page(actor), 303))
