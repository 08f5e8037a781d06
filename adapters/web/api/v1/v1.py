"""`/v1` put together: each noun's routes under one class of routes, with who asks in one place."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, FastAPI, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from adapters.web.api.v1.announcements import add_announcements
from adapters.web.api.v1.audit import add_audit
from adapters.web.api.v1.bulk import add_bulk
from adapters.web.api.v1.cases import add_cases
from adapters.web.api.v1.connection import add_connection
from adapters.web.api.v1.deliveries import add_deliveries
from adapters.web.api.v1.exception_reports import add_exception_reports
from adapters.web.api.v1.firms import add_firms
from adapters.web.api.v1.issues import add_issues
from adapters.web.api.v1.look_up import add_look_up
from adapters.web.api.v1.managing import add_managing
from adapters.web.api.v1.mapping import add_mapping, add_previews
from adapters.web.api.v1.me import add_me
from adapters.web.api.v1.rejected_events import add_rejected_events
from adapters.web.api.v1.route import actor_of, route_class
from adapters.web.api.v1.runs import add_runs
from adapters.web.api.v1.schemas import EVERYWHERE, problems
from adapters.web.api.v1.stream import Streams, add_stream
from adapters.web.api.v1.upkeep import add_upkeep
from adapters.web.api.v1.verifications import add_verifications
from adapters.web.api.v1.why_not_here import add_why_not_here
from adapters.web.who import Who
from core.desk import Desk

BEARER: Final = "API key"
_Add = Callable[[APIRouter, Desk, Who], None]
_NOUNS: Final[tuple[tuple[str, tuple[_Add, ...]], ...]] = (
    ("Firms", (add_firms,)),
    ("Connections", (add_connection, add_verifications)),
    ("Mapping", (add_mapping, add_previews, add_managing)),
    ("Cases", (add_cases, add_why_not_here)),
    ("Runs", (add_runs, add_exception_reports)),
    ("Deliveries", (add_deliveries, add_bulk)),
    ("Issues", (add_issues,)),
    ("Rejected events", (add_rejected_events,)),
    ("Announcements", (add_announcements,)),
    ("Records", (add_look_up, add_audit)),
    ("Upkeep", (add_upkeep,)),
)


def add_v1(app: FastAPI, desk: Desk, who: Who, streams: Streams) -> None:
    """Add all routes but `/v1/events`, which has its own."""
    routes = route_class(desk, who)
    for tag, adds in _NOUNS:
        router = _router(routes, tag)
        for add in adds:
            add(router, desk, actor_of)
        app.include_router(router)
    own = _router(routes, "Announcements")
    add_stream(own, desk, actor_of, who, streams)
    add_me(me := _router(routes, "Who asks"), actor_of)
    app.include_router(own)
    app.include_router(me)


def _router(routes: type[APIRoute], tag: str) -> APIRouter:
    # For the document of the API alone: the class of the routes finds out who asks.
    bearer = HTTPBearer(auto_error=False, scheme_name=BEARER, description="An API key of casebridge.")
    return APIRouter(
        prefix="/v1",
        tags=[tag],
        route_class=routes,
        dependencies=[Security(bearer)],
        responses=problems(*EVERYWHERE),
        generate_unique_id_function=lambda route: route.name,
    )
