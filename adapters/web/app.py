"""The web application: the API and the pages together."""

from functools import partial

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from adapters.web.api.api_docs import add_docs
from adapters.web.api.authorization import who_by_key
from adapters.web.api.events import add_events
from adapters.web.api.health import Checks, add_health
from adapters.web.api.keys import ApiKeys
from adapters.web.api.metrics import add_metrics
from adapters.web.api.problem_document import describe_problems
from adapters.web.api.v1.stream import StreamLimits, Streams
from adapters.web.api.v1.v1 import add_v1
from adapters.web.auth.session_cookie import Sessions
from adapters.web.errors.answers import Answers
from adapters.web.errors.handlers import add_error_answers
from adapters.web.middleware.guard import Guard, add_guard
from adapters.web.pages.access.account import add_account_pages
from adapters.web.pages.access.api_keys import add_api_key_pages
from adapters.web.pages.access.sign_in import add_sign_in_pages
from adapters.web.pages.connect_pages import add_connect_pages
from adapters.web.pages.firm.firm_pages import add_firm_pages
from adapters.web.pages.home_page import add_home_page
from adapters.web.pages.managing.looking import looking
from adapters.web.pages.managing.pages import add_managing_pages
from adapters.web.pages.operations.pages import add_operations_pages
from adapters.web.pages.shell.shell import Shell
from adapters.web.who import Who
from core.actor import SYSTEM
from core.desk import Desk


def create_app(
    desk: Desk,
    api_keys: ApiKeys,
    checks: Checks,
    *,
    secure: bool,
    guard: Guard | None = None,
    who: Who | None = None,
    stream_limits: StreamLimits | None = None,
) -> FastAPI:
    """Build the application around the desk; nothing is opened here.

    `secure`: browsers come over https. `who` tells who asks for a page, by session unless another is given.
    """
    app = FastAPI(
        title="casebridge",
        summary="Keeps SmartAdvocate and Case Status in step.",
        docs_url=None,  # ours needs no internet
        redoc_url=None,
        openapi_url=None,  # add_docs serves it
        redirect_slashes=False,  # errors.handlers does, without naming a host
    )
    guard = guard or Guard()
    registry = CollectorRegistry()
    sessions = Sessions(desk, secure=secure)
    add_events(app, desk, api_keys, registry)
    add_health(app, checks)
    add_metrics(app, partial(desk.count_everything, SYSTEM), registry)
    shell = Shell(desk, looking(who or sessions.who), secure=secure)
    app.include_router(shell.assets.routes())
    add_sign_in_pages(
        app, desk, shell, sessions, secure=secure, provider=guard.provider, rate=guard.rates.sign_in
    )
    add_account_pages(app, desk, shell, sessions)
    add_api_key_pages(app, desk, shell)
    add_home_page(app, who or sessions.who)
    add_firm_pages(app, desk, shell, sessions)
    add_managing_pages(app, shell, desk, secure=secure)
    add_operations_pages(app, shell, desk)
    add_docs(app)
    add_connect_pages(app, desk, shell, sessions)
    add_v1(app, desk, who_by_key(api_keys), Streams(stream_limits or StreamLimits()))
    describe_problems(app)
    answers = Answers(shell.error, secure=secure)
    add_error_answers(app, answers)
    add_guard(app, guard, answers, desk.count_requests, secure=secure)
    return app
