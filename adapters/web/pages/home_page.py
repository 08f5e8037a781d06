"""What `/` shows: that casebridge is up, and who finds what where. It tells of no firm and needs no link."""

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse

from adapters.web.pages.safe_answer import safe
from adapters.web.pages.template import templates


def add_home_page(app: FastAPI) -> None:
    """Add the page."""
    text = templates().get_template("home.html").render()

    @app.get("/", include_in_schema=False)
    def home() -> Response:
        return safe(HTMLResponse(text))
