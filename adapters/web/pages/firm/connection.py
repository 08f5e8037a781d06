"""A firm's connection to SmartAdvocate: as whom, with which rights; reconnect, disconnect."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response

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
from core.permission import Grant
from core.reason import Reason
from core.words import Words

_PATH = "/firms/{firm_id}/connection"


@dataclass(frozen=True, slots=True)
class Consent:
    """What the form to SmartAdvocate's log-in needs of who looks after sessions.

    `token` is the form's own; `origin` is where the form leads in the end, "" where it is not set up.
    """

    token: Callable[[Request], str]
    origin: Callable[[Request, Actor, str], str]


NO_CONSENT = Consent(lambda _: "", lambda _, __, ___: "")


def add_connection_pages(app: FastAPI, desk: Desk, shell: Shell, consent: Consent = NO_CONSENT) -> None:
    """Add the page and its forms; `/oauth/start` is the sessions' own."""
    pages, router = _Pages(desk, shell, consent), shell.router()
    router.get(_PATH)(pages.page)
    router.post(f"{_PATH}/rights")(pages.rights)
    router.post(f"{_PATH}/disconnect")(pages.disconnect)
    app.include_router(router)


class _Pages:
    def __init__(self, desk: Desk, shell: Shell, consent: Consent) -> None:
        self._desk = desk
        self._shell = shell
        self._consent = consent

    def page(self, request: Request, firm_id: str, said: str = "") -> Response:
        """Where the connection stands."""
        actor = self._shell.who(request)
        checklist = self._desk.go_live(actor, firm_id)
        return self._shell.page(
            request,
            "firm/connection.html",
            firm=self._desk.firms.get(actor, firm_id),
            form_to=self._consent.origin(request, actor, firm_id),
            standing=self._desk.show_connection(actor, firm_id),
            missing=said_of(checklist),
            said=_said(said),
            token=self._consent.token(request),
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


def _said(code: str) -> tuple[str, Words] | None:
    """Return the tone and the fixed words of a code that a way to SmartAdvocate ended with."""
    if code in {"connected", "set_up"}:
        return "good", Words("Connected", "What is still missing before everything flows stands below")
    if code == "form":
        return "wait", Words("This page was out of date", "It is fresh now; choose the button once more")
    return ("bad", WORDS[Reason(code)]) if code in tuple(Reason) else None
