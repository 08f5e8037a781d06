"""Practice areas and their stages: which statuses of SmartAdvocate lead to which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response

from adapters.web.pages import firm_words
from adapters.web.pages.mapping.asking import Asking
from adapters.web.pages.mapping.stage_form import edited
from adapters.web.pages.shell.cursor import firm_url
from adapters.web.pages.shell.flash import Done
from adapters.web.pages.shell.form import Posted
from adapters.web.pages.shell.numbers import count
from adapters.web.pages.shell.shell import Shell
from core.desk import Desk
from core.firm_view import NameKind, SourceName
from core.queries.source_names import KnownNames
from core.setting_state import state_of
from core.setting_version import SettingKind
from core.stage import PracticeArea
from core.stage_edit import area_of
from core.usecases.change_settings import Saved

_PATH = "/firms/{firm_id}/mapping"


@dataclass(frozen=True, slots=True)
class Status:
    """A status as one can choose it: where it leads now ("": nowhere), and how many cases that keeps back."""

    name: str
    within: str
    leads_to: str
    cases: int
    waiting: int


def add_stage_pages(app: FastAPI, desk: Desk, shell: Shell) -> None:
    """Add the pages and their forms."""
    pages, router = _Pages(desk, shell), shell.router()
    router.get(_PATH)(pages.page)
    router.get(f"{_PATH}/stages")(pages.area)
    router.post(f"{_PATH}/stages")(pages.edit)
    router.post(f"{_PATH}/names")(pages.read_names)
    app.include_router(router)


class _Pages:
    def __init__(self, desk: Desk, shell: Shell) -> None:
        self._desk = desk
        self._shell = shell
        self._asking = Asking(desk, shell)

    def page(self, request: Request, firm_id: str) -> Response:
        """All practice areas."""
        known = self._desk.source_names(self._shell.who(request), firm_id)
        return self._shell.page(
            request,
            "mapping/areas.html",
            firm=known.firm,
            known=known,
            types=_case_types(known),
            state=state_of(known.firm, SettingKind.PRACTICE_AREAS),
            url=firm_url(firm_id),
            words=firm_words,
        )

    def area(self, request: Request, firm_id: str, area: str = "") -> Response:
        """One practice area: its stages, and all statuses to choose among."""
        actor = self._shell.who(request)
        known = self._desk.source_names(actor, firm_id)
        if not area:
            return self._shell.to(firm_url(firm_id, "/mapping"))
        if area not in {one.name for one in known.firm.practice_areas.areas}:  # renamed or removed meanwhile
            way = (firm_url(firm_id, "/mapping"), "Mapping")
            step = "It may have been renamed or removed. Those that are here stand under “Mapping”"
            return self._shell.error(request, 404, "There is no such practice area", step, way=way)
        shown = area_of(known.firm.practice_areas, area)
        near = {
            row.name.name: row.candidates
            for row in self._desk.unmatched_names(actor, known.firm)
            if row.name.scope == shown.name
        }
        statuses = _statuses(known, shown)
        return self._shell.page(
            request,
            "mapping/stages.html",
            firm=known.firm,
            area=shown,
            statuses=statuses,
            suggestions=_suggestions(shown, statuses, near),
            withins=sorted({status.within for status in statuses if status.within}),
            types=_case_types(known),
            known=known,
            state=state_of(known.firm, SettingKind.PRACTICE_AREAS),
            url=firm_url(firm_id),
            words=firm_words,
        )

    def edit(self, request: Request, firm_id: str, form: Posted) -> Response:
        """Change something; where cases change by it, first show how."""
        actor, desk = self._shell.who(request), self._desk
        known = desk.source_names(actor, firm_id)
        edit = edited(known.firm.practice_areas, form, _names(known))
        path = "/mapping/stages" if edit.area else "/mapping"
        back = firm_url(firm_id, path, area=form.one("area") or None)
        if not edit.at_once and not form.has("sure"):
            return self._asking.areas(
                request,
                actor,
                known.firm,
                edit.areas,
                title=edit.sentence,
                action=firm_url(firm_id, "/mapping/stages"),
                cancel=back if form.one("area") else firm_url(firm_id, "/mapping"),
                fields=form.fields(),
            )
        expected = [form.one("state")]
        saved = desk.change_settings.practice_areas(
            actor, firm_id, edit.areas, anyway=True, expected=expected
        )
        return self._shell.to(
            firm_url(firm_id, path, area=edit.area or None), saved_words(saved, edit.sentence)
        )

    def read_names(self, request: Request, firm_id: str, form: Posted) -> Response:
        """Read the names from SmartAdvocate."""
        names = self._desk.read_names(self._shell.who(request), firm_id)
        area = form.one("area")
        where = firm_url(firm_id, "/mapping/stages" if area else "/mapping", area=area or None)
        return self._shell.to(where, Done(f"{count(len(names), 'name')} read from SmartAdvocate."))


def saved_words(saved: Saved, sentence: str) -> Done:
    """Say that it was saved, and what follows from it."""
    if not saved.changed:
        return Done("Nothing differs from what was saved before.")
    follows = " What it kept back is synced now." if saved.retry else ""
    return Done(f"Saved as version {saved.firm.settings_version}: {sentence}.{follows}")


def _names(known: KnownNames) -> Sequence[SourceName]:
    """Return all statuses that are known: those read, and those of cases that match nothing."""
    read = {one.name: one for one in known.of(NameKind.STATUS)}
    for name in known.unmatched:
        if name.scope and name.name:
            read.setdefault(name.name, SourceName(NameKind.STATUS, name.name))
    return [read[name] for name in sorted(read, key=str.casefold)]


def _statuses(known: KnownNames, area: PracticeArea) -> Sequence[Status]:
    waiting = {name.name: name.cases for name in known.unmatched if name.scope == area.name}
    own = [SourceName(NameKind.STATUS, n) for stage in area.stages for n in stage.mappings]
    by_name = {one.name: one for one in (*own, *_names(known))}
    made = []
    for name in sorted(by_name, key=str.casefold):
        one, stage = by_name[name], area.stage(name)
        made.append(Status(name, one.within, stage.name if stage else "", one.cases, waiting.get(name, 0)))
    return made


def _suggestions(
    area: PracticeArea, statuses: Sequence[Status], near: Mapping[str, Sequence[str]]
) -> Sequence[tuple[str, str, int]]:
    """Return (status, stage, cases that wait) of statuses that lead nowhere and sound like a stage."""
    found = []
    for status in statuses:
        for candidate in near.get(status.name, ()) if not status.leads_to else ():
            if (stage := area.stage(candidate)) is not None:
                found.append((status.name, stage.name, status.waiting))
                break
    return sorted(found, key=lambda row: -row[2])


def _case_types(known: KnownNames) -> Sequence[tuple[str, str, int]]:
    """Return (case type, practice area it leads to or "", cases that wait for one)."""
    waiting = {name.name: name.cases for name in known.unmatched if not name.scope and name.name}
    areas = known.firm.practice_areas
    own = [name for area in areas.areas for name in area.mappings]
    every = {*own, *waiting, *(one.name for one in known.of(NameKind.CASE_TYPE))}
    told = []
    for name in sorted(every, key=str.casefold):
        area = areas.area(name)
        told.append((name, area.name if area else "", waiting.get(name, 0)))
    return told
