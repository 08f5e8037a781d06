"""The web application: the API and the pages together."""

from functools import partial

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from adapters.web.api.api_docs import add_docs
from adapters.web.api.events import add_events
from adapters.web.api.health import Checks, add_health
from adapters.web.api.keys import ApiKeys
from adapters.web.api.metrics import add_metrics
from adapters.web.auth.session_cookie import Sessions
from adapters.web.pages.connect_pages import add_connect_pages
from adapters.web.pages.home_page import add_home_page
from adapters.web.pages.managing.looking import looking
from adapters.web.pages.managing.pages import add_managing_pages
from adapters.web.pages.operations.pages import add_operations_pages
from adapters.web.pages.shell.shell import Shell, add_shell
from adapters.web.who import Who, nobody
from core.actor import SYSTEM
from core.desk import Desk


def create_app(desk: Desk, api_keys: ApiKeys, checks: Checks, *, secure: bool, who: Who = nobody) -> FastAPI:
    """Build the application around the desk; nothing is opened here. `secure`: browsers come over https."""
    app = FastAPI(
        title="casebridge",
        summary="Keeps SmartAdvocate and Case Status in step.",
        docs_url=None,  # ours needs no internet
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    registry = CollectorRegistry()
    add_events(app, desk, api_keys, registry)
    add_health(app, checks)
    add_metrics(app, partial(desk.count_everything, SYSTEM), registry)
    shell = Shell(desk, looking(who), secure=secure)
    add_shell(app, shell)
    add_managing_pages(app, shell, desk, secure=secure)
    add_operations_pages(app, shell, desk)
    add_home_page(app)
    add_docs(app)
    add_connect_pages(app, desk, Sessions(desk, secure=secure))
    return app
