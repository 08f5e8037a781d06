"""The connection page of a firm: its state, its account, one button; and the way to SmartAdvocate and back.

There is no sign-in: a link that is good once opens a browser session of one firm. Answers of the other side
choose among fixed sentences and are never shown themselves; where a browser is sent comes from settings.
"""

import hashlib
import hmac
from typing import Final
from urllib.parse import parse_qs, urlsplit

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from adapters.web.pages.go_live_words import said_of
from adapters.web.pages.page_words import WORDS
from adapters.web.pages.safe_answer import safe
from adapters.web.pages.template import templates
from core.desk import Desk
from core.errors import CasebridgeError, ErrorClass, TransientError
from core.firm import ConnectionState
from core.reason import Reason
from core.usecases.connect_by_consent import SESSION_LIFE
from core.words import Words

_MAX_FORM_BYTES: Final = 4096
WAITING_EVERY_S: Final = 15
_FRAME: Final = "waiting.html"
_log = structlog.get_logger(__name__)

# What is no reason: it went well, or the page was too old.
_ELSE: Final = {
    "connected": Words("Connected", "Cases, messages and documents flow; there is nothing else to do."),
    "set_up": Words("Connected", "What is still missing before everything flows stands below"),
    "form": Words("This page was out of date", "It is fresh now; choose the button once more"),
}
_HEADLINES: Final = {
    ConnectionState.NOT_CONNECTED: ("Not connected yet", "Connect SmartAdvocate"),
    ConnectionState.CONNECTED: ("Connected", "Connect again"),
    ConnectionState.RECONNECT_REQUIRED: ("The connection is lost", "Reconnect SmartAdvocate"),
    ConnectionState.DISCONNECTED: ("Disconnected at your firm's wish", "Connect SmartAdvocate"),
}


def add_connect_pages(
    app: FastAPI,
    desk: Desk,
    *,
    secure: bool,
) -> None:
    """Add the pages. `secure` says that browsers come over https."""
    pages = _Pages(desk, secure=secure)
    app.get("/connect/{link}", include_in_schema=False)(pages.door)
    app.post("/connect/{link}", include_in_schema=False)(pages.open)
    app.get("/connection", include_in_schema=False)(pages.page)
    app.get("/connection/waiting", include_in_schema=False)(pages.waiting)
    app.post("/oauth/start", include_in_schema=False)(pages.start)
    app.get("/oauth/callback", include_in_schema=False)(pages.callback)


class _Pages:
    def __init__(self, desk: Desk, *, secure: bool) -> None:
        self._consent = desk.connect_by_consent
        self._show = desk.show_connection
        self._go_live = desk.go_live
        self._secure = secure
        self._cookie = "__Host-casebridge" if secure else "casebridge"
        self._templates = templates()

    def door(self, link: str) -> Response:  # noqa: ARG002 - it is used by the button: mail scanners follow links
        """What the link shows: a button, so that nothing but a person uses the link up."""
        return self._html("door.html")

    def open(self, link: str) -> Response:
        """Use the link up and begin a session of its firm."""
        session = self._consent.open_link(link)
        if session is None:
            return self._no_session()
        answer = RedirectResponse("/connection", 303)
        answer.set_cookie(
            self._cookie,
            session,
            max_age=int(SESSION_LIFE.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
        return safe(answer)

    def page(self, request: Request) -> Response:
        """The firm's connection."""
        session = request.cookies.get(self._cookie, "")
        firm = self._consent.firm_of(session)
        if firm is None:
            return self._no_session()
        headline, button = _HEADLINES[firm.connection]
        visitor, said = self._consent.visitor(session), request.query_params.get("said", "")
        checklist = self._go_live(visitor, firm.firm_id)
        connected = said == "connected"
        return self._html(
            "connection.html",
            form_to=self._consent_origin(session),
            standing=self._show(visitor, firm.firm_id),
            is_well=firm.connection is ConnectionState.CONNECTED,
            ends_at=self._consent.ends_at(session),
            headline=headline,
            button=button,
            said=_words("set_up" if connected and not checklist.is_done else said),
            succeeded=connected,
            missing=said_of(checklist) if firm.connection is ConnectionState.CONNECTED else (),
            csrf=_csrf(session),
        )

    def waiting(self, request: Request) -> Response:
        """How much waits, as a small page within the other: it reads itself anew, and nothing else moves.

        `still` ends that. So does the session's end: an open page does not make a session longer.
        """
        session = request.cookies.get(self._cookie, "")
        is_still = bool(request.query_params.get("still"))
        try:
            firm = self._consent.firm_of(session)
            if firm is None:
                return self._html("waiting.html", status=403, waiting=None, again_after_s=None, is_over=True)
            waiting = self._show(self._consent.visitor(session), firm.firm_id).waiting
        except TransientError:
            waiting = None
        return self._html(
            "waiting.html",
            status=200 if waiting else 503,
            waiting=waiting,
            again_after_s=None if is_still else WAITING_EVERY_S,
            is_over=False,
        )

    async def start(self, request: Request) -> Response:
        """Send the browser to SmartAdvocate."""
        session = request.cookies.get(self._cookie, "")
        form = await _form(request)
        if not session or not hmac.compare_digest(form.get("csrf", "").encode(), _csrf(session).encode()):
            return _to("form")
        return await run_in_threadpool(self._started, session)

    def callback(self, request: Request) -> Response:
        """Where SmartAdvocate sends the browser back to."""
        session = request.cookies.get(self._cookie, "")
        given = request.query_params
        consent = self._consent
        firm = consent.firm_of(session)
        if firm is None:
            return self._no_session()
        try:
            consent.finish(session, given.get("state", ""), given.get("code"), given.get("error"))
        except CasebridgeError as error:
            _log.warning("consent_failed", firm_id=firm.firm_id, reason=error.reason, detail=str(error))
            return _to(_shown(error))
        return _to("connected")

    def _started(self, session: str) -> Response:
        try:
            return safe(RedirectResponse(self._consent.start(session), 303))
        except CasebridgeError as error:
            _log.warning(
                "consent_not_begun",
                firm_id=error.facts.firm_id,
                reason=error.reason,
                detail=str(error),
            )
            return _to(_shown(error))

    def _consent_origin(self, session: str) -> str:
        """Return where the button's form ends up: browsers hold redirects to the policy as well."""
        try:
            parts = urlsplit(self._consent.destination(session))
        except CasebridgeError:
            return ""
        return f"{parts.scheme}://{parts.netloc}"

    def _no_session(self) -> Response:
        return self._html("no_session.html", status=403)

    def _html(self, name: str, *, status: int = 200, form_to: str = "", **values: object) -> Response:
        text = self._templates.get_template(name).render(**values)
        return safe(HTMLResponse(text, status), form_to, within="'self'" if name == _FRAME else "'none'")


def _to(code: str) -> Response:
    return safe(RedirectResponse(f"/connection?said={code}", 303))


def _shown(error: CasebridgeError) -> Reason:
    """Return the reason to tell a visitor. What time cures is one: here nothing is tried again by itself."""
    return Reason.UNAVAILABLE if error.error_class is ErrorClass.TRANSIENT else error.reason


def _words(said: str) -> Words | None:
    """Return the fixed words of an address that a page of ours led to; None for any other."""
    return _ELSE.get(said) or (WORDS[Reason(said)] if said in tuple(Reason) else None)


def _csrf(session: str) -> str:
    """Return what only a page of this session can know: the cookie itself is hidden from pages."""
    return hashlib.sha256(f"csrf:{session}".encode()).hexdigest()


async def _form(request: Request) -> dict[str, str]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM_BYTES:
            return {}
    return {name: values[0] for name, values in parse_qs(body.decode("latin-1")).items()}
