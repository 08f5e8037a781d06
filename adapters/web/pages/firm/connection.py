"""A firm's connection to SmartAdvocate: as whom, with which rights; reconnect, disconnect."""

from datetime import datetime
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response

from adapters.web.auth.forms import token_of
from adapters.web.auth.session_cookie import Sessions
from adapters.web.pages import firm_words
from adapters.web.pages.go_live_words import said_of
from adapters.web.pages.page_words import WORDS
from adapters.web.pages.shell.cursor import firm_url
from adapters.web.pages.shell.flash import Done, Tone
from adapters.web.pages.shell.form import Posted
from adapters.web.pages.shell.numbers import count
from adapters.web.pages.shell.shell import Shell
from core.actor import Actor
from core.desk import Desk
from core.errors import CasebridgeError
from core.permission import Grant
from core.reason import Reason
from core.session import Way
from core.words import Words

_PATH = "/firms/{firm_id}/connection"


def add_connection_pages(app: FastAPI, desk: Desk, shell: Shell, sessions: Sessions) -> None:
    """Add the page and its forms; that of SmartAdvocate's log-in, `/oauth/start`, is the sessions' own."""
    pages, router = _Pages(desk, shell, sessions), shell.router()
    router.get(_PATH)(pages.page)
    router.post(f"{_PATH}/rights")(pages.rights)
    router.post(f"{_PATH}/disconnect")(pages.disconnect)
    app.include_router(router)


class _Pages:
    def __init__(self, desk: Desk, shell: Shell, sessions: Sessions) -> None:
        self._desk = desk
        self._shell = shell
        self._sessions = sessions

    def page(self, request: Request, firm_id: str, said: str = "") -> Response:
        """Where the connection stands."""
        actor = self._shell.who(request)
        checklist = self._desk.go_live(actor, firm_id)
        return self._shell.page(
            request,
            "firm/connection.html",
            firm=self._desk.firms.get(actor, firm_id),
            form_to=self._consent_origin(actor, firm_id),
            standing=self._desk.show_connection(actor, firm_id),
            missing=said_of(checklist),
            said=_said(said, is_done=checklist.is_done),
            ends_at=self._ends_at(request),
            token=token_of(self._sessions.secret(request)),
            rights=None,
            url=firm_url(firm_id),
            words=firm_words,
        )

    def rights(self, request: Request, firm_id: str) -> Response:
        """Look what the connected account may do; the page says it in words."""
        actor = self._shell.who(request)
        firm = self._desk.firms.get(actor, firm_id)
        rights = self._desk.probe_permissions(actor, firm)
        lacking = sum(right.grant is Grant.MISSING for right in rights)
        return self._shell.page(
            request,
            "firm/rights.html",
            firm=firm,
            rights=rights,
            lacking=lacking,
            told=count(lacking, "right"),
            url=firm_url(firm_id),
        )

    def disconnect(self, request: Request, firm_id: str, form: Posted) -> Response:
        """End the connection; first say what that means."""
        actor, where = self._shell.who(request), firm_url(firm_id, "/connection")
        firm = self._desk.firms.get(actor, firm_id)
        if not form.has("sure"):
            return self._shell.page(
                request,
                "shell/question.html",
                firm=firm,
                title="Disconnect SmartAdvocate?",
                text=(
                    "The stored log-in is removed. No cases, messages or documents flow until somebody "
                    "connects again; what comes meanwhile waits, and nothing is lost."
                ),
                action=f"{where}/disconnect",
                cancel=where,
                button="Disconnect",
                fields=(),
            )
        self._desk.disconnect_firm(actor, firm_id)
        return self._shell.to(where, Done("SmartAdvocate is disconnected.", Tone.INFO))

    def _ends_at(self, request: Request) -> datetime | None:
        """Return until when a visitor who came by a link may look; None for others."""
        session = getattr(request.state, "session", None)
        return session.ends_at if session and session.way is Way.CONNECT_LINK else None

    def _consent_origin(self, actor: Actor, firm_id: str) -> str:
        """Return where the form to the log-in ends up: browsers hold redirects to the policy as well."""
        try:
            parts = urlsplit(self._desk.connect_by_consent.destination(actor, firm_id))
        except CasebridgeError:
            return ""
        return f"{parts.scheme}://{parts.netloc}"


def _said(code: str, *, is_done: bool) -> tuple[str, Words] | None:
    """Return the tone and the fixed words of a code that a way to SmartAdvocate ended with."""
    if code == "connected":
        flows = "Cases, messages and documents flow; there is nothing else to do"
        return "good", Words(
            "Connected", flows if is_done else "What is missing before all flows stands below"
        )
    if code == "form":
        return "wait", Words("This page was out of date", "It is fresh now; choose the button once more")
    return ("bad", WORDS[Reason(code)]) if code in tuple(Reason) else None
