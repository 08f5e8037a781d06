"""All pages of a firm."""

from fastapi import FastAPI

from adapters.web.auth.session_cookie import Sessions
from adapters.web.pages.cases.cases import add_case_pages
from adapters.web.pages.firm.connection import add_connection_pages
from adapters.web.pages.firm.exceptions import add_exception_pages
from adapters.web.pages.firm.home import add_home_pages
from adapters.web.pages.firm.notifications import add_notification_pages
from adapters.web.pages.firm.problems import add_problem_pages
from adapters.web.pages.firm.verifications import add_verification_pages
from adapters.web.pages.mapping.fields import add_field_pages
from adapters.web.pages.mapping.stages import add_stage_pages
from adapters.web.pages.runs.runs import add_run_pages
from adapters.web.pages.shell.shell import Shell
from core.desk import Desk


def add_firm_pages(app: FastAPI, desk: Desk, shell: Shell, sessions: Sessions) -> None:
    """Add them."""
    add_home_pages(app, desk, shell)
    add_problem_pages(app, desk, shell)
    add_stage_pages(app, desk, shell)
    add_field_pages(app, desk, shell)
    add_case_pages(app, desk, shell)
    add_run_pages(app, desk, shell)
    add_connection_pages(app, desk, shell, sessions)
    add_exception_pages(app, desk, shell)
    add_verification_pages(app, desk, shell)
    add_notification_pages(app, desk, shell)
