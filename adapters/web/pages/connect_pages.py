"""The way to a firm's connection page by a link, and from there to SmartAdvocate and back.

A link that is good once opens a session of the firm's visitor; whoever else is signed in and may change the
firm connects it the same way. Answers of the other side choose among fixed sentences and are never shown
themselves; where a browser is sent comes from settings.
"""

from typing import Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from adapters.web.auth.forms import is_own_token, read_form
from adapters.web.auth.session_cookie import Sessions, agent_of
from adapters.web.pages.page_words import WORDS
from adapters.web.pages.safe_answer import safe
from adapters.web.pages.shell.cursor import firm_url
from adapters.web.pages.shell.flash import Done, Tone
from adapters.web.pages.shell.shell import Shell
from core.actor import Actor
from core.desk import Desk
from core.errors import CasebridgeError, ErrorClass
from core.reason import Reason

_TOO_OLD: Final = "form"
_log = structlog.get_logger(__name__)


def add_connect_pages(app: FastAPI, desk: Desk, shell: Shell, sessions: Sessions) -> None:
    """Add the pages."""
    pages, router = _Pages(desk, shell, sessions), shell.router()
    router.get("/connect/{link}")(pages.door)
    router.post("/connect/{link}")(pages.open)
    router.post("/oauth/start")(pages.start)
    router.get("/oauth/callback")(pages.callback)
    app.include_router(router)


class _Pages:
    def __init__(self, desk: Desk, shell: Shell, sessions: Sessions) -> None:
        self._sign_in = desk.sign_in
        self._consent = desk.connect_by_consent
        self._shell = shell
        self._sessions = sessions

    def door(self, request: Request, link: str) -> Response:  # noqa: ARG002 - mail scanners follow links
        """What the link shows: a button, so that nothing but a person uses the link up."""
        return self._shell.page(request, "door.html")

    def open(self, link: str, request: Request) -> Response:
        """Use the link up and begin a session of its firm."""
        opened = self._sign_in.by_link(link, agent_of(request), self._sessions.secret(request))
        if opened is None:
            return self._shell.page(request, "no_session.html", status=403)
        answer = self._shell.to(firm_url(opened.session.actor.firm_id or "", "/connection"))
        self._sessions.put(answer, opened)
        return answer

    async def start(self, request: Request) -> Response:
        """Send the browser to SmartAdvocate."""
        form = await read_form(request)
        return await run_in_threadpool(self._start, request, form.get("csrf", ""), form.get("firm"))

    def callback(self, request: Request) -> Response:
        """Where SmartAdvocate sends the browser back to."""
        actor, given = self._shell.who(request), request.query_params
        try:
            firm_id = self._consent.finish(
                self._sessions.secret(request), given.get("state", ""), given.get("code"), given.get("error")
            )
        except CasebridgeError as error:
            firm_id = error.facts.firm_id or ""
            _log.warning("consent_failed", firm_id=firm_id, reason=error.reason, detail=str(error))
            return self._to(actor, firm_id, _shown(error))
        return self._to(actor, firm_id, "connected")

    def _start(self, request: Request, token: str, asked: str | None) -> Response:
        actor, secret = self._shell.who(request), self._sessions.secret(request)
        firm_id = asked or actor.firm_id or ""
        if not is_own_token(token, secret):
            return self._to(actor, firm_id, _TOO_OLD)
        try:
            return safe(RedirectResponse(self._consent.start(actor, firm_id, secret), 303))
        except CasebridgeError as error:
            _log.warning("consent_not_begun", firm_id=firm_id, reason=error.reason, detail=str(error))
            return self._to(actor, firm_id, _shown(error))

    def _to(self, actor: Actor, firm_id: str, said: str) -> Response:
        """Lead to the firm's page, which says it; to the first page where nobody can tell whose it was."""
        firm_id = firm_id or actor.firm_id or ""
        if firm_id:
            return self._shell.to(firm_url(firm_id, "/connection", said=said))
        words = WORDS[Reason(said) if said in tuple(Reason) else Reason.CONSENT_STATE]
        return self._shell.to("/", Done(f"{words.what}. {words.next_step}", Tone.BAD))


def _shown(error: CasebridgeError) -> Reason:
    """Return the reason to tell a visitor. What time cures is one: here nothing is tried again by itself."""
    return Reason.UNAVAILABLE if error.error_class is ErrorClass.TRANSIENT else error.reason
