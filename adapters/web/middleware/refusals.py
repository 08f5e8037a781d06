"""What a request is told that reaches no page and no route: a problem to programs, a page to people."""

import json
from collections.abc import Mapping
from html import escape
from typing import Final

from starlette.responses import Response
from starlette.types import Scope

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · casebridge</title>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{step}.</p>
<p><a href="/">Go to the first page</a></p>
</main>
</body>
</html>
"""


def is_of_the_api(scope: Scope) -> bool:
    """Tell whether a request is for the API, be there such a route or not."""
    path = str(scope["path"])
    return path == "/v1" or path.startswith("/v1/")


def refusal(
    scope: Scope,
    status: int,
    reason: str,
    title: str,
    step: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the answer. `step` is what can be done, without its full stop."""
    if not is_of_the_api(scope) and wants_a_page(scope):
        page = _PAGE.format(title=escape(title), step=escape(step))
        return Response(page, status, headers, media_type="text/html; charset=utf-8")
    members = {"type": "about:blank", "status": status, "title": title, "detail": title.lower()}
    content = json.dumps({**members, "reason": reason, "next_step": step[:1].lower() + step[1:]})
    return Response(content, status, headers, media_type="application/problem+json")


def wants_a_page(scope: Scope) -> bool:
    """Tell whether a browser asks, rather than a program."""
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


def header(scope: Scope, name: bytes) -> bytes | None:
    """Return the first header of this name (in small letters), or None."""
    return next((value for key, value in scope["headers"] if key == name), None)
