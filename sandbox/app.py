"""The sandbox as a Starlette application: which handler answers which route, and what lies around it."""

from __future__ import annotations

import re
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import (
    case_routes,
    case_status_routes,
    document_routes,
    lookup_routes,
    note_routes,
    oauth_routes,
    oidc_routes,
)
from sandbox.answer import Refusal, error
from sandbox.call import Call, Endpoint, Received, the_call
from sandbox.contents import CONTENT_PATH, CONTENT_PURPOSE
from sandbox.control import CONTROL_PATH, control
from sandbox.middleware import Counted, Faulty, Known
from sandbox.routes import BASE_PATH, LOG_IN, OPERATIONS, UPLOAD, Operation
from sandbox.world import World

HANDLERS: dict[str, Callable[[Call], Response]] = {
    LOG_IN: case_routes.log_in,
    "search-cases": case_routes.search_cases,
    "case-by-id": case_routes.case_by_id,
    "case-by-number": case_routes.case_by_number,
    "list-notes": note_routes.list_notes,
    "notes-by-number": note_routes.notes_by_number,
    "insert-note": note_routes.insert_note,
    "list-documents": document_routes.list_documents,
    "search-documents": document_routes.search_documents,
    UPLOAD: document_routes.upload_document,
    "case-statuses": lookup_routes.case_statuses,
    "note-types": lookup_routes.note_types,
    "document-categories": lookup_routes.document_categories,
}


def application(world: World) -> Starlette:
    """Everything one sandbox answers: SmartAdvocate's API and log-in, Case Status, and the switches."""
    routes = [*(_api_route(world, operation) for operation in OPERATIONS), _content_route(world)]
    for path, verbs, purpose, handler in (
        *oauth_routes.endpoints(world.oauth.options),
        *oidc_routes.endpoints(),
    ):
        around = [Middleware(Received, world, purpose), Middleware(Counted), Middleware(Faulty)]
        routes.append(Route(path, Endpoint(handler), methods=verbs, middleware=around))
    made = Starlette(routes=[*routes, control(world)], exception_handlers={HTTPException: _refused})
    made.router.redirect_slashes = False
    made.state.counts = world.counts
    return made


def _api_route(world: World, operation: Operation) -> Route:
    purpose, handler = operation.purpose, HANDLERS[operation.purpose]
    reader = document_routes.ReceivedUpload if purpose == UPLOAD else Received
    around = [Middleware(reader, world, purpose), Middleware(Counted)]
    if purpose != LOG_IN:
        around.append(Middleware(Known))
    around.append(Middleware(Faulty))

    def admitted(call: Call) -> Response:
        _ = call.firm
        return handler(call)

    endpoint = Endpoint(handler if purpose == LOG_IN else admitted)
    route = Route(BASE_PATH + operation.path, endpoint, methods=[operation.verb], middleware=around)
    route.path_regex = re.compile(route.path_regex.pattern, re.IGNORECASE)
    return route


def _content_route(world: World) -> Route:
    received = Middleware(Received, world, CONTENT_PURPOSE, case_status_routes.ContentCall)
    around = [received, Middleware(Counted), Middleware(Faulty, whole=False)]
    path, endpoint = CONTENT_PATH + "{number:int}/content", Endpoint(case_status_routes.content)
    return Route(path, endpoint, methods=["GET"], middleware=around)


async def _refused(request: Request, refusal: Exception) -> Response:
    """The error answer to a refusal, or to a request that the router knows no route for."""
    assert isinstance(refusal, HTTPException)
    if isinstance(refusal, Refusal):
        call = the_call(request.scope)
        shape = call.style("error_body") if call.purpose else None
        return error(refusal, shape["shape"] if shape else "message")
    if not request.scope["path"].startswith(CONTROL_PATH):
        request.app.state.counts.count("unknown", refusal.status_code)
    verb, path = request.method, request.scope["path"]
    status = refusal.status_code
    return error(Refusal(status, f"No HTTP resource was found that matches {verb} on {path}."))
