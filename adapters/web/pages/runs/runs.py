"""Runs of the case sync: the list, one with its progress and results, CSV, cancelling."""

from collections.abc import Iterator

from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from adapters.web.pages import firm_words
from adapters.web.pages.page_words import WORDS
from adapters.web.pages.safe_answer import safe
from adapters.web.pages.shell.cursor import firm_url, from_text, to_text
from adapters.web.pages.shell.flash import Done, Tone
from adapters.web.pages.shell.form import Posted
from adapters.web.pages.shell.shell import Shell
from core.actor import Actor
from core.case import Outcome, SkipReason
from core.desk import Desk
from core.errors import UnknownThingError
from core.queries.runs import RunView
from core.results import csv_lines, reason_of
from core.thing import Thing

_PATH = "/firms/{firm_id}/runs"
_ROWS = 100


def add_run_pages(app: FastAPI, desk: Desk, shell: Shell) -> None:
    """Add the pages and their forms."""
    pages, router = _Pages(desk, shell), shell.router()
    router.get(_PATH)(pages.page)
    router.get(_PATH + "/{run_id:int}")(pages.run)
    router.get(_PATH + "/{run_id:int}/results.csv")(pages.csv)
    router.post(_PATH + "/{run_id:int}/cancel")(pages.cancel)
    app.include_router(router)


class _Pages:
    def __init__(self, desk: Desk, shell: Shell) -> None:
        self._desk = desk
        self._shell = shell

    def page(self, request: Request, firm_id: str, before: str = "") -> Response:
        """Runs, newest first."""
        actor, place = self._shell.who(request), from_text(before, int)
        page = self._desk.runs.page(actor, firm_id, place, 30)
        return self._shell.page(
            request,
            "runs/list.html",
            firm=self._desk.firms.get(actor, firm_id),
            page=page,
            first=firm_url(firm_id, "/runs") if place else None,
            next=firm_url(firm_id, "/runs", before=to_text(page.next)) if page.next else None,
            url=firm_url(firm_id),
            words=firm_words,
            reasons=WORDS,
        )

    def run(
        self,
        request: Request,
        firm_id: str,
        run_id: int,
        outcome: str = "",
        reason: str = "",
        after: str = "",
    ) -> Response:
        """One run: how far it is, and what it did with each case."""
        actor = self._shell.who(request)
        view = self._view(actor, firm_id, run_id)
        only = Outcome(outcome) if outcome in tuple(Outcome) else None
        why = SkipReason(reason) if reason in tuple(SkipReason) else None
        place = from_text(after, str)
        page = self._desk.runs.result_page(actor, run_id, place, _ROWS, only, why)
        here = f"/runs/{run_id}"
        query = {"outcome": only and only.value, "reason": why and why.value}
        return self._shell.page(
            request,
            "runs/run.html",
            firm=self._desk.firms.get(actor, firm_id),
            view=view,
            page=page,
            only=only,
            why=why,
            reason_of=reason_of,
            here=firm_url(firm_id, here),
            first=firm_url(firm_id, here, **query) if place else None,
            next=firm_url(firm_id, here, **query, after=to_text(page.next)) if page.next else None,
            url=firm_url(firm_id),
            words=firm_words,
            reasons=WORDS,
        )

    def csv(self, request: Request, firm_id: str, run_id: int) -> Response:
        """The results as a file for a spreadsheet."""
        actor = self._shell.who(request)
        self._view(actor, firm_id, run_id)
        lines: Iterator[str] = csv_lines(self._desk.runs.results(actor, run_id))
        answer = safe(StreamingResponse(lines, media_type="text/csv"))
        answer.headers["Content-Disposition"] = f'attachment; filename="run-{run_id}.csv"'
        return answer

    def cancel(self, request: Request, firm_id: str, run_id: int, form: Posted) -> Response:
        """Cancel a run; first say what that means."""
        actor, here = self._shell.who(request), firm_url(firm_id, f"/runs/{run_id}")
        self._view(actor, firm_id, run_id)
        if not form.has("sure"):
            return self._shell.page(
                request,
                "shell/question.html",
                firm=self._desk.firms.get(actor, firm_id),
                title="Cancel this sync?",
                text="It ends after the page it is at. What it stored stays; the next sync does the rest.",
                action=f"{here}/cancel",
                cancel=here,
                button="Cancel the sync",
                fields=(),
            )
        ended = self._desk.cancel_run(actor, run_id)
        done = Done("The sync is cancelled.") if ended else Done("It had ended already.", Tone.INFO)
        return self._shell.to(here, done)

    def _view(self, actor: Actor, firm_id: str, run_id: int) -> RunView:
        """Return the run, which must be of this firm: an address names both."""
        view = self._desk.runs.view(actor, run_id)
        if view.run.firm_id != firm_id:
            raise UnknownThingError(f"there is no run {run_id} of this firm", thing=Thing.RUN)
        return view
