"""`/openapi.json`, the document of the API, and `/docs`, the same for people, by Swagger UI, our own copy."""

import asyncio
import json
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, HTMLResponse
from starlette.concurrency import run_in_threadpool

SWAGGER_UI: Final = Path(__file__).with_name("swagger_ui")
_TYPES: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "start.js": "text/javascript",
}
# Nothing from elsewhere, no script or style within the page; Swagger UI's pictures are data of its styles.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<noscript>This page needs JavaScript. The document itself: <a href="openapi.json">openapi.json</a></noscript>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""


def add_docs(app: FastAPI) -> None:
    """Add document, page and files. Whoever reaches the server may read them: they name no firm."""
    page = _PAGE.format(title=app.title)

    writing = asyncio.Lock()

    @cache
    def written() -> bytes:
        return json.dumps(app.openapi(), separators=(",", ":")).encode()

    @app.get("/openapi.json", include_in_schema=False)
    async def document() -> Response:
        """Return the document. It takes seconds to write, once, and in one thread: nobody else waits for it.

        Not even where many ask at once, whom the lock lets wait outside the threads of the other requests.
        """
        async with writing:
            return Response(await run_in_threadpool(written), media_type="application/json")

    @app.get("/docs", include_in_schema=False)
    def docs() -> Response:
        """Return the page."""
        return _guarded(HTMLResponse(page))

    @app.get("/docs/{name}", include_in_schema=False)
    def file(name: str) -> Response:
        """Return one of the page's files."""
        if name not in _TYPES:
            return Response(status_code=404)
        return _guarded(FileResponse(SWAGGER_UI / name, media_type=_TYPES[name]))


def _guarded(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
