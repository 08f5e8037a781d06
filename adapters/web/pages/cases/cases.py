"""Cases: how they come over, the list of them, and one with all that is known of it."""

from collections.abc import Iterable
from typing import Final

from fastapi import FastAPI, Request, Response

from adapters.web.pages import firm_words
from adapters.web.pages.cases.value_words import said_of_value
from adapters.web.pages.page_words import WORDS
from adapters.web.pages.shell.cursor import firm_url, from_text, to_text
from adapters.web.pages.shell.flash import Done
from adapters.web.pages.shell.form import Posted
from adapters.web.pages.shell.numbers import total
from adapters.web.pages.shell.shell import Shell
from core.case import Outcome
from core.desk import Desk
from core.errors import ConfigurationError
from core.firm import SyncMode
from core.firm_view import CaseFilter

_PATH: Final = "/firms/{firm_id}/cases"
_ROWS: Final = 50
_CLOSED: Final = {"open": False, "closed": True}


def add_case_pages(app: FastAPI, desk: Desk, shell: Shell) -> None:
    """Add the pages and their forms."""
    pages, router = _Pages(desk, shell), shell.router()
    router.get(_PATH)(pages.page)
    router.get(f"{_PATH}/total")(pages.total)
    router.post(f"{_PATH}/settings")(pages.settings)
    router.post(f"{_PATH}/sync")(pages.sync)
    router.get("/firms/{firm_id}/cases/{integration_id}")(pages.case)
    router.get("/firms/{firm_id}/find")(pages.find)
    router.post("/firms/{firm_id}/find")(pages.import_one)
    app.include_router(router)


class _Pages:
    def __init__(self, desk: Desk, shell: Shell) -> None:
        self._desk = desk
        self._shell = shell

    def page(
        self,
        request: Request,
        firm_id: str,
        q: str = "",
        area: str = "",
        stage: str = "",
        closed: str = "",
        after: str = "",
    ) -> Response:
        """How cases come over, and the list."""
        actor, place = self._shell.who(request), from_text(after, str, str)
        firm, wanted = self._desk.firms.get(actor, firm_id), _wanted(q, area, stage, closed)
        query = {"q": q, "area": area, "stage": stage, "closed": closed}
        page = self._desk.case_list.page(actor, firm_id, wanted, place, _ROWS)
        newest = self._desk.runs.all(actor, firm_id, 1)
        return self._shell.page(
            request,
            "cases/list.html",
            firm=firm,
            page=page,
            query=query,
            is_filtered=any(query.values()),
            area_choices=_choices(one.name for one in firm.practice_areas.areas),
            stage_choices=_choices(one.name for area in firm.practice_areas.areas for one in area.stages),
            run=self._desk.runs.view(actor, newest[0].run_id) if newest else None,
            total=firm_url(firm_id, "/cases/total", **query),
            first=firm_url(firm_id, "/cases", **query) if place else None,
            next=firm_url(firm_id, "/cases", **query, after=to_text(page.next)) if page.next else None,
            url=firm_url(firm_id),
            next_night=firm_words.minute(self._desk.next_night(actor, firm_id), firm.time_zone),
            words=firm_words,
        )

    def total(
        self, request: Request, firm_id: str, q: str = "", area: str = "", stage: str = "", closed: str = ""
    ) -> Response:
        """How many cases there are, which comes after the list."""
        actor, wanted = self._shell.who(request), _wanted(q, area, stage, closed)
        number = self._desk.case_list.count(actor, firm_id, wanted)
        back = firm_url(firm_id, "/cases", q=q, area=area, stage=stage, closed=closed)
        return self._shell.counted(request, total(number, "case"), back, self._desk.firms.get(actor, firm_id))

    def settings(self, request: Request, firm_id: str, form: Posted) -> Response:
        """Save which cases come over, and whether each night."""
        actor, where = self._shell.who(request), firm_url(firm_id, "/cases")
        if form.one("mode") not in tuple(SyncMode):
            raise ConfigurationError("choose which cases come over")
        changes = {"sync_mode": SyncMode(form.one("mode")), "nightly_sync": form.has("nightly")}
        saved = self._desk.change_settings.plain(actor, firm_id, changes)
        return self._shell.to(where, Done("Saved." if saved.changed else "Nothing was changed."))

    def sync(self, request: Request, firm_id: str, form: Posted) -> Response:
        """Start a sync; first say what it will do."""
        actor = self._shell.who(request)
        firm = self._desk.firms.get(actor, firm_id)
        if form.has("sure"):
            run, new = self._desk.start_sync(actor, firm)
            told = "The sync has begun." if new else "A sync is under way already."
            return self._shell.to(firm_url(firm_id, f"/runs/{run.run_id}"), Done(told))
        years = firm.first_synced_at is None
        return self._shell.page(
            request,
            "shell/question.html",
            firm=firm,
            title="Sync cases now?",
            text=(
                f"All cases that changed in the last {'10 years' if years else '30 days'} are read from "
                "SmartAdvocate, and so is every case with a problem. Nothing comes twice. You can watch it, "
                "and cancel it at any time."
            ),
            action=firm_url(firm_id, "/cases/sync"),
            cancel=firm_url(firm_id, "/cases"),
            button="Sync now",
            fields=(),
        )

    def case(self, request: Request, firm_id: str, integration_id: str) -> Response:
        """One case."""
        actor = self._shell.who(request)
        view = self._desk.case_list.view(actor, firm_id, integration_id)
        stories = [self._desk.deliveries.story(actor, one.delivery_id) for one in view.deliveries[:10]]
        return self._shell.page(
            request,
            "cases/case.html",
            firm=view.firm,
            view=view,
            stories=stories,
            value_of=said_of_value,
            url=firm_url(firm_id),
            words=firm_words,
            reasons=WORDS,
        )

    def find(self, request: Request, firm_id: str, q: str = "") -> Response:
        """Why a case is not here."""
        actor = self._shell.who(request)
        firm = self._desk.firms.get(actor, firm_id)
        answer, wrong = None, ""
        try:
            answer = self._desk.why_not_here(actor, firm_id, q) if q.strip() else None
        except ConfigurationError as error:
            wrong = str(error)
        return self._shell.page(
            request,
            "cases/find.html",
            firm=firm,
            answer=answer,
            wrong=wrong,
            q=q,
            url=firm_url(firm_id),
            words=firm_words,
        )

    def import_one(self, request: Request, firm_id: str, form: Posted) -> Response:
        """Sync one case; first show which it is."""
        actor, desk = self._shell.who(request), self._desk
        firm = desk.firms.get(actor, firm_id)
        found = desk.import_by_hand.find(actor, firm, form.one("case"))
        if form.has("sure"):
            result = desk.import_by_hand(actor, firm, found)
            told = firm_words.OUTCOMES[result.outcome][1]
            if result.outcome is Outcome.SKIPPED:
                done = Done("It was read, and is skipped: see why below.")
            else:
                done = Done(f"Case {result.readable_id}: {told.lower()}.")
            return self._shell.to(firm_url(firm_id, f"/cases/{result.integration_id}"), done)
        facts = {
            "Case number": found.number,
            "Client": found.client or "unknown",
            "Here": "yes; it is updated" if found.is_known else "not yet; it is imported",
        }
        return self._shell.page(
            request,
            "shell/question.html",
            firm=firm,
            title="Sync this case?",
            text="",
            facts=list(facts.items()),
            action=firm_url(firm_id, "/find"),
            cancel=firm_url(firm_id, "/find", q=form.one("case")),
            button="Sync this case",
            fields=[("case", found.source.integration_id)],
        )


def _choices(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return what a field of the filter offers: all, or one of the names, each once."""
    return [("", "All"), *((name, name) for name in dict.fromkeys(names))]


def _wanted(q: str, area: str, stage: str, closed: str) -> CaseFilter:
    return CaseFilter(q, area or None, stage or None, _CLOSED.get(closed))
