"""The pages of those who look after many firms, all of them."""

from fastapi import FastAPI

from adapters.web.pages.managing.firm import add_firm
from adapters.web.pages.managing.firms import add_firms
from adapters.web.pages.managing.reset import add_copy, add_reset
from adapters.web.pages.shell.shell import Shell
from core.desk import Desk


def add_managing_pages(app: FastAPI, shell: Shell, desk: Desk, *, secure: bool) -> None:
    """Add them. `secure`: browsers come over https."""
    router = shell.router()
    add_firms(router, shell, desk)
    add_firm(router, shell, desk, secure=secure)
    add_reset(router, shell, desk)
    add_copy(router, shell, desk)
    app.include_router(router)
