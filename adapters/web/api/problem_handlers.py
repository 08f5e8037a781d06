"""Problems where no route is reached: a path that is none of ours, and a method that a path does not have."""

from collections.abc import Awaitable
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from adapters.web.api.api_words import STATUS_WORDS
from adapters.web.api.event_schema import PROBLEM
from adapters.web.api.problems import status_problem

PROBLEM_REF: Final = "#/components/schemas/ProblemDetails"
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PATHS: Final = ("/v1/", "/v1")


def is_of_the_api(path: str) -> bool:
    """Tell whether a path is one of the API's, be there a route or not."""
    return path == _PATHS[1] or path.startswith(_PATHS[0])


def add_problem_handlers(app: FastAPI) -> None:
    """Answer in the API with problems, elsewhere as who was added before; its document says what they are."""
    describe, before = app.openapi, app.exception_handlers.get(HTTPException)

    def openapi() -> dict[str, Any]:
        document = describe()
        document.setdefault("components", {}).setdefault("schemas", {})[PROBLEM_REF.rpartition("/")[2]] = (
            PROBLEM
        )
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way

    @app.exception_handler(HTTPException)
    async def told(request: Request, error: HTTPException) -> Response:
        if is_of_the_api(request.url.path) and error.status_code in STATUS_WORDS:
            headers = dict(error.headers or {})
            if error.status_code == 405:
                headers["Allow"] = ", ".join(sorted(_methods(request)))
            return status_problem(error.status_code, headers=headers)
        answer = before(request, error) if before else http_exception_handler(request, error)
        return await answer if isinstance(answer, Awaitable) else answer


def _methods(request: Request) -> set[str]:
    """Return what the path has: a route knows of its own methods alone."""
    return {
        method
        for method in _METHODS
        for route in request.app.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    }
