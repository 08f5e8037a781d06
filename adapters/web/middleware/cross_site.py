"""No other site can let a browser change anything here: one check, before every page and route.

What a browser says of where a request comes from cannot be forged by a page: `Sec-Fetch-Site`, which all
browsers send to https and to this machine, and `Origin`, which they send with whatever changes something.
"""

from typing import Final

import structlog
from starlette.responses import Response
from starlette.types import ASGIApp, Scope

from adapters.web.errors.answers import Answers
from adapters.web.middleware.gate import Gate
from adapters.web.middleware.header import header

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# `none`: somebody did it by hand, in the address bar or with a bookmark.
_OWN: Final = frozenset({b"same-origin", b"none"})
_log = structlog.get_logger(__name__)


class CrossSite(Gate):
    """Refuses what another site makes a browser send. `origin` is where browsers reach this service."""

    def __init__(self, app: ASGIApp, answers: Answers, origin: str) -> None:
        super().__init__(app, answers)
        self._origin = origin.lower().encode()

    async def _refusal(self, scope: Scope) -> Response | None:
        if scope["method"] in _SAFE or self._is_own(scope):
            return None
        _log.warning("cross_site_request_refused", method=scope["method"])
        what, step = (
            "This was asked for by another site",
            "Go to the page itself, and choose the button there",
        )
        return self._answers.refused(scope, 403, "not_allowed", what, step)

    def _is_own(self, scope: Scope) -> bool:
        cookie = header(scope, b"cookie")
        if cookie is None and header(scope, b"authorization") is not None:
            # Only a program adds a key, and a page of another site could not: browsers add cookies by
            # themselves, and keys never.
            return True
        site = header(scope, b"sec-fetch-site")
        if site is not None:
            return site.lower() in _OWN
        origin = header(scope, b"origin")
        if origin is not None:
            return origin.lower() in {self._origin, *self._by_host(scope)}
        # No browser of the last years sends neither. A program may, as long as no cookie speaks for somebody.
        return cookie is None

    def _by_host(self, scope: Scope) -> list[bytes]:
        """Return the origin that the request was sent to: a page of another name was served under its own."""
        host = header(scope, b"host")
        scheme = self._origin.partition(b"://")[0]
        return [] if host is None else [scheme + b"://" + host.lower()]
