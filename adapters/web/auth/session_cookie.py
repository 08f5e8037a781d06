"""The cookie that holds a session's secret, and the session that it stands for."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from adapters.web.auth.strangers import NotSignedInError
from core.actor import Actor
from core.desk import Desk
from core.session import Opened, Session

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_MAX_AGENT: Final = 500  # characters


class Sessions:
    """Sessions by cookie. `secure`: browsers come over https.

    With it the cookie is bound to this host alone (`__Host-`); browsers take no such name without it.
    """

    def __init__(self, desk: Desk, *, secure: bool) -> None:
        self._keep = desk.keep_session
        self._clock = desk.clock
        self._secure = secure
        self.cookie = "__Host-casebridge" if secure else "casebridge"

    def secret(self, request: Request) -> str:
        """Return what the browser holds, "" for nothing."""
        return request.cookies.get(self.cookie, "")

    def of(self, request: Request) -> Session:
        """Return the session. Raises NotSignedInError. It is looked up once a request."""
        known: Session | None = getattr(request.state, "session", None)
        if known is None:
            known = self._keep.find(self.secret(request), is_asked_for=_is_asked_for(request))
            if known is None:
                raise NotSignedInError
            request.state.session = known
        return known

    def who(self, request: Request) -> Actor:
        """Return who asks: the `Who` of pages. Raises NotSignedInError."""
        return self.of(request).actor

    def put(self, answer: Response, opened: Opened) -> None:
        """Let the browser keep the session; it goes when the session ends, or with the browser."""
        life = opened.session.ends_at - opened.session.issued_at
        answer.set_cookie(
            self.cookie,
            opened.secret,
            max_age=int(life.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def drop(self, answer: Response) -> None:
        """Let the browser forget the session."""
        answer.delete_cookie(self.cookie, path="/", secure=self._secure, httponly=True, samesite="lax")


def agent_of(request: Request) -> str:
    """Return what the browser calls itself."""
    return request.headers.get("user-agent", "")[:_MAX_AGENT]


def _is_asked_for(request: Request) -> bool:
    """Tell whether a person asks: a part that reads itself anew, or a frame, keeps no session alive."""
    if request.method not in _SAFE:
        return True
    is_part = "hx-request" in request.headers
    return not is_part and request.headers.get("sec-fetch-dest", "document") == "document"
