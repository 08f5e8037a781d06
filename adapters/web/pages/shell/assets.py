"""Style sheet, scripts and pictures of the pages: each under an address that holds its content's hash."""

import hashlib
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

ASSETS: Final = Path(__file__).parents[1] / "assets"
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FILES: Final = ("casebridge.css", "live.js", "drag.js", "mark.svg", "htmx/htmx.min.js")
_FOR_EVER: Final = "public, max-age=31536000, immutable"


class Assets:
    """The files, read once. An address never shows another content: a new release has new addresses."""

    def __init__(self, folder: Path = ASSETS) -> None:
        files = [folder / name for name in _FILES]
        self._content = {file.name: file.read_bytes() for file in files}
        self._hashes = {
            name: hashlib.sha256(content).hexdigest()[:16] for name, content in self._content.items()
        }

    def url(self, name: str) -> str:
        """Return where the file is; KeyError for one that is not there."""
        return f"/assets/{self._hashes[name]}/{name}"

    def routes(self) -> APIRouter:
        """Return what serves them."""
        router = APIRouter(include_in_schema=False)
        router.get("/assets/{digest}/{name}")(self.file)
        router.get("/favicon.ico")(
            lambda: RedirectResponse(self.url("mark.svg"))
        )  # to be looked for each time
        return router

    def file(self, digest: str, name: str) -> Response:
        """Return the file of this hash; an older one's address is gone."""
        if self._hashes.get(name) != digest:
            return Response(status_code=404, headers={"Cache-Control": "no-store"})
        headers = {"Cache-Control": _FOR_EVER, "X-Content-Type-Options": "nosniff"}
        return Response(self._content[name], media_type=_TYPES[Path(name).suffix], headers=headers)
