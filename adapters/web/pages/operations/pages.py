"""The pages of those who keep casebridge going, all of them."""

from fastapi import FastAPI

from adapters.web.pages.operations.announcements import add_announcements
from adapters.web.pages.operations.bulk import add_bulk
from adapters.web.pages.operations.deliveries import add_deliveries
from adapters.web.pages.operations.look_up import add_look_up
from adapters.web.pages.operations.rejected import add_rejected
from adapters.web.pages.operations.upkeep import add_upkeep
from adapters.web.pages.operations.validate import add_validate
from adapters.web.pages.shell.shell import Shell
from core.desk import Desk


def add_operations_pages(app: FastAPI, shell: Shell, desk: Desk) -> None:
    """Add them."""
    router = shell.router()
    for add in (
        add_deliveries,
        add_bulk,
        add_rejected,
        add_validate,
        add_announcements,
        add_look_up,
        add_upkeep,
    ):
        add(router, shell, desk)
    app.include_router(router)
