"""The connection page of a firm: its state, its account, one button; and the way to SmartAdvocate and back.

A link that is good once opens a session of the firm's visitor; whoever else is signed in and may change the
firm connects it the same way. Answers of the other side choose among fixed sentences and are never shown
themselves; where a browser is sent comes from settings.
"""

from typing import Final
from urllib.parse import quote, urlsplit

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from adapters.web.auth.forms import is_own_token, read_form, token_of
from adapters.web.auth.session_cookie import Sessions, agent_of
from adapters.web.auth.strangers import NotSignedInError
from adapters.web.pages.go_live_words import said_of
from adapters.web.pages.page_words import WORDS
from adapters.web.pages.safe_answer import safe
from adapters.web.pages.template import templates
from core.actor import Actor
from core.desk import Desk
from core.errors import CasebridgeError, ErrorClass, TransientError
from core.firm import ConnectionState
from core.reason import Reason
from core.words import Words

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


def add_connect_pages(app: FastAPI, desk: Desk, sessions: Sessions) -> None:
    """Add the pages."""
    pages = _Pages(desk, sessions)
    app.get("/connect/{link}", include_in_schema=False)(pages.door)
    app.post("/connect/{link}", include_in_schema=False)(pages.open)
    app.get("/connection", include_in_schema=False)(pages.page)
    app.get("/connection/waiting", include_in_schema=False)(pages.waiting)
    app.post("/oauth/start", include_in_schema=False)(pages.start)
    app.get("/oauth/callback", include_in_schema=False)(pages.callback)


class _Pages:
    def __init__(self, desk: Desk, sessions: Sessions) -> None:
        self._desk = desk
        self._consent = desk.connect_by_consent
        self._sessions = sessions
        self._templates = templates()

    def door(self, link: str) -> Response:  # noqa: ARG002 - it is used by the button: mail scanners follow links
        """What the link shows: a button, so that nothing but a person uses the link up."""
        return self._html("door.html")

    def open(self, link: str, request: Request) -> Response:
        """Use the link up and begin a session of its firm."""
        before = self._sessions.secret(request)
        opened = self._desk.sign_in.by_link(link, agent_of(request), before)
        if opened is None:
            return self._no_session()
        answer = safe(RedirectResponse("/connection", 303))
        self._sessions.put(answer, opened)
        return answer

    def page(self, request: Request) -> Response:
        """The firm's connection; who has several firms is led to them."""
        try:
            session = self._sessions.of(request)
        except NotSignedInError:
            return self._no_session()
        firm_id = session.actor.firm_id
        if firm_id is None:
            return safe(RedirectResponse("/", 303))
        desk, actor = self._desk, session.actor
        standing, said = desk.show_connection(actor, firm_id), request.query_params.get("said", "")
        headline, button = _HEADLINES[standing.state]
        checklist, connected = desk.go_live(actor, firm_id), said == "connected"
        is_well = standing.state is ConnectionState.CONNECTED
        return self._html(
            "connection.html",
            form_to=self._consent_origin(actor, firm_id),
            standing=standing,
            is_well=is_well,
            ends_at=session.ends_at,
            headline=headline,
            button=button,
            said=_words("set_up" if connected and not checklist.is_done else said),
            succeeded=connected,
            missing=said_of(checklist) if is_well else (),
            csrf=token_of(self._sessions.secret(request)),
        )

    def waiting(self, request: Request) -> Response:
        """How much waits, as a small page within the other: it reads itself anew, and nothing else moves.

        `still` ends that. So does the session's end: an open page does not make a session longer.
        """
        is_still = bool(request.query_params.get("still"))
        try:
            actor = self._sessions.who(request)
            firm_id = actor.firm_id or request.query_params.get("firm", "")
            waiting = self._desk.show_connection(actor, firm_id).waiting
        except NotSignedInError:
            return self._html("waiting.html", status=403, waiting=None, again_after_s=None, is_over=True)
        except TransientError:
            waiting = None
        except CasebridgeError:
            return safe(Response(status_code=404))
        return self._html(
            "waiting.html",
            status=200 if waiting else 503,
            waiting=waiting,
            again_after_s=None if is_still else WAITING_EVERY_S,
            is_over=False,
        )

    async def start(self, request: Request) -> Response:
        """Send the browser to SmartAdvocate."""
        form = await read_form(request)
        secret = self._sessions.secret(request)
        if not is_own_token(form.get("csrf", ""), secret):
            return _to(None, "form")
        return await run_in_threadpool(self._started, request, secret, form.get("firm"))

    def callback(self, request: Request) -> Response:
        """Where SmartAdvocate sends the browser back to."""
        given = request.query_params
        try:
            actor = self._sessions.who(request)
        except NotSignedInError:
            return self._no_session()
        try:
            firm_id = self._consent.finish(
                self._sessions.secret(request), given.get("state", ""), given.get("code"), given.get("error")
            )
        except CasebridgeError as error:
            firm_id = error.facts.firm_id or ""
            _log.warning("consent_failed", firm_id=firm_id, reason=error.reason, detail=str(error))
            return _to(_elsewhere(actor, firm_id), _shown(error))
        return _to(_elsewhere(actor, firm_id), "connected")

    def _started(self, request: Request, secret: str, asked: str | None) -> Response:
        try:
            actor = self._sessions.who(request)
        except NotSignedInError:
            return _to(None, Reason.CONSENT_STATE)
        firm_id = asked or actor.firm_id or ""
        try:
            return safe(RedirectResponse(self._consent.start(actor, firm_id, secret), 303))
        except CasebridgeError as error:
            _log.warning("consent_not_begun", firm_id=firm_id, reason=error.reason, detail=str(error))
            return _to(_elsewhere(actor, firm_id), _shown(error))

    def _consent_origin(self, actor: Actor, firm_id: str) -> str:
        """Return where the button's form ends up: browsers hold redirects to the policy as well."""
        try:
            parts = urlsplit(self._consent.destination(actor, firm_id))
        except CasebridgeError:
            return ""
        return f"{parts.scheme}://{parts.netloc}"

    def _no_session(self) -> Response:
        return self._html("no_session.html", status=403)

    def _html(self, name: str, *, status: int = 200, form_to: str = "", **values: object) -> Response:
        text = self._templates.get_template(name).render(**values)
        return safe(HTMLResponse(text, status), form_to, within="'self'" if name == _FRAME else "'none'")


def _elsewhere(actor: Actor, firm_id: str) -> str | None:
    """Return the firm whose page is shown, None for the page of who has that firm alone."""
    return None if actor.firm_id is not None else firm_id


def _to(firm_id: str | None, code: str) -> Response:
    place = "/connection" if not firm_id else f"/firms/{quote(firm_id, safe='')}/connection"
    return safe(RedirectResponse(f"{place}?said={code}", 303))


def _shown(error: CasebridgeError) -> Reason:
    """Return the reason to tell a visitor. What time cures is one: here nothing is tried again by itself."""
    return Reason.UNAVAILABLE if error.error_class is ErrorClass.TRANSIENT else error.reason


def _words(said: str) -> Words | None:
    """Return the fixed words of an address that a page of ours led to; None for any other."""
    return _ELSE.get(said) or (WORDS[Reason(said)] if said in tuple(Reason) else None)
