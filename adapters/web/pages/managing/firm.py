"""A firm as its implementation manager has it: go-live, connect link, pause, and the firm's own view."""

from datetime import timedelta
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from adapters.web.pages.managing import words
from adapters.web.pages.managing.looking import LOOKING
from adapters.web.pages.safe_answer import safe
from adapters.web.pages.shell.cursor import firm_url
from adapters.web.pages.shell.flash import Done, Tone
from adapters.web.pages.shell.form import Posted
from adapters.web.pages.shell.shell import Shell
from core.actor import Power
from core.bulk import LONGEST_WHY
from core.desk import Desk
from core.errors import ConfigurationError

# Hours, and words for them.
_LENGTHS: Final = (
    ("1", "1 hour"),
    ("4", "4 hours"),
    ("12", "12 hours"),
    ("24", "1 day"),
    ("72", "3 days"),
    ("168", "7 days"),
    ("720", "30 days"),
)
_LOOK_S: Final = 3600


def add_firm(router: APIRouter, shell: Shell, desk: Desk, *, secure: bool) -> None:
    """Add the pages."""
    pages = _Firm(shell, desk, secure=secure)
    base = "/firms/{firm_id}"
    router.get(f"{base}/go-live")(pages.go_live)
    router.post(f"{base}/connect-link")(pages.link)
    router.post(f"{base}/pause")(pages.pause)
    router.post(f"{base}/resume")(pages.resume)
    router.post(f"{base}/look")(pages.look)
    router.post("/stop-looking")(pages.stop_looking)


class _Firm:
    def __init__(self, shell: Shell, desk: Desk, *, secure: bool) -> None:
        self._shell = shell
        self._desk = desk
        self._secure = secure

    def go_live(self, request: Request, firm_id: str) -> Response:
        """The checklist, and what else a manager does."""
        return self._page(request, firm_id)

    def link(self, request: Request, firm_id: str) -> Response:
        """A link to hand on: shown on the answer itself, once, and stored nowhere as it is."""
        actor = self._shell.who(request)
        firm = self._desk.firms.get(actor, firm_id)
        link = self._desk.connect_by_consent.new_link(actor, firm)
        return self._shell.page(request, "managing/link.html", firm=firm, link=link, base=firm_url(firm_id))

    def pause(self, request: Request, firm_id: str, form: Posted) -> Response:
        """Stop the firm for a while."""
        actor, why, hours = self._shell.who(request), form.one("why"), form.one("hours")
        if hours not in dict(_LENGTHS):
            raise ConfigurationError("no length of the pause was chosen", firm_id=firm_id)
        if not why or len(why) > LONGEST_WHY:
            fault = f"Say why, in up to {LONGEST_WHY} characters: people of the firm see it, too"
            return self._page(request, firm_id, typed=why, fault=fault)
        until = self._desk.clock.now() + timedelta(hours=int(hours))
        self._desk.pause_firm(actor, firm_id, until, why)
        told = f"Paused for {dict(_LENGTHS)[hours]}. What comes in waits, and goes on by itself"
        return self._shell.to(firm_url(firm_id, "/go-live"), Done(told, Tone.WAIT))

    def resume(self, request: Request, firm_id: str) -> Response:
        """Lift its pause."""
        lifted = self._desk.resume_firm(self._shell.who(request), firm_id)
        done = Done("It goes on") if lifted else Done("It was not paused any more", Tone.INFO)
        return self._shell.to(firm_url(firm_id, "/go-live"), done)

    def look(self, request: Request, firm_id: str) -> Response:
        """Look at its pages as the firm sees them."""
        self._desk.look_as_firm(self._shell.who(request), firm_id)
        answer = self._shell.to(firm_url(firm_id))
        answer.set_cookie(
            LOOKING,
            quote(firm_id, safe=""),
            max_age=_LOOK_S,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
        return answer

    def stop_looking(self, request: Request) -> Response:
        """Be oneself again."""
        self._shell.who(request)
        firm_id = request.cookies.get(LOOKING, "")
        answer = safe(self._shell.to(f"/firms/{firm_id}/go-live" if firm_id else "/firms"))
        answer.delete_cookie(LOOKING, path="/", secure=self._secure, httponly=True, samesite="lax")
        return answer

    def _page(self, request: Request, firm_id: str, *, typed: str = "", fault: str = "") -> Response:
        actor = self._shell.who(request)
        firm = self._desk.firms.get(actor, firm_id)
        checklist = self._desk.go_live(actor, firm_id)
        now = self._desk.clock.now()
        return self._shell.page(
            request,
            "managing/go_live.html",
            status=400 if fault else 200,
            firm=firm,
            base=firm_url(firm_id),
            checklist=checklist,
            steps=[(item, *words.step_of(item), *words.STATES[item.state]) for item in checklist.items],
            connection=words.CONNECTIONS[firm.connection],
            pause=firm.pause(now),
            may_link=actor.may(Power.CHANGE),
            may_pause=actor.may(Power.OPERATE),
            may_manage=actor.may(Power.MANAGE),
            lengths=_LENGTHS,
            typed=typed,
            fault=fault,
        )
