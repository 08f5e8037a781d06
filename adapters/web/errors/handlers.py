"""What the application answers where no page and no route does."""

from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match

from adapters.web.audience import wants_a_page
from adapters.web.errors.answers import Answers

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def add_error_answers(app: FastAPI, answers: Answers) -> None:
    """Let every error that leaves a route be answered by `answers`."""

    # Plain functions, which run in a thread: a page's frame may ask the store who is signed in.
    @app.exception_handler(HTTPException)
    def by_status(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404 and (address := _without_slash(request)) is not None:
            return RedirectResponse(address, 307)
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(sorted(_methods(request)))
        return answers.by_status(request.scope, error.status_code, headers)

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, _: Exception) -> Response:
        return answers.by_status(request.scope, 400)

    @app.exception_handler(Exception)
    def unforeseen(request: Request, _: Exception) -> Response:
        return answers.unforeseen(request.scope)  # it is raised on, and told of, by `unexpected.Unexpected`


def _without_slash(request: Request) -> str | None:
    """Return the page's address for one that was typed with a slash behind it, None where there is none.

    It is a path alone: Starlette's own way there names the host as the request does, and http behind a
    proxy that ends https.
    """
    path = str(request.scope["path"])
    if not path.endswith("/") or path.startswith("//") or not wants_a_page(request.scope):
        return None
    wanted = {**request.scope, "path": path.rstrip("/"), "method": "GET"}
    is_there = any(route.matches(wanted)[0] is Match.FULL for route in request.app.routes)
    return quote(path.rstrip("/")) if is_there and request.method == "GET" else None


def _methods(request: Request) -> set[str]:
    """Return what the path has: a route knows of its own methods alone. HEAD is answered wherever GET is."""
    found = {
        method
        for method in _METHODS
        for route in request.app.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    }
    return found | {"HEAD"} if "GET" in found else found
