"""Where fields come from, how closed is said, a try on a real case, and what the settings were before."""

from dataclasses import replace

from fastapi import FastAPI, Request, Response

from adapters.web.pages import firm_words
from adapters.web.pages.mapping.asking import Asking
from adapters.web.pages.mapping.field_form import KINDS, mapping_in, rows_of
from adapters.web.pages.mapping.stages import saved_words
from adapters.web.pages.shell.cursor import firm_url, from_text, to_text
from adapters.web.pages.shell.form import Form, Posted
from adapters.web.pages.shell.shell import Shell
from core.closing import ClosedRule
from core.desk import Desk
from core.errors import ConfigurationError

_PATH = "/firms/{firm_id}/mapping"


def add_field_pages(app: FastAPI, desk: Desk, shell: Shell) -> None:
    """Add the pages and their forms."""
    pages, router = _Pages(desk, shell), shell.router()
    router.get(f"{_PATH}/fields")(pages.fields)
    router.post(f"{_PATH}/fields")(pages.save_fields)
    router.get(f"{_PATH}/closing")(pages.closing)
    router.post(f"{_PATH}/closing")(pages.save_closing)
    router.get(f"{_PATH}/try")(pages.preview)
    router.get(f"{_PATH}/history")(pages.history)
    router.post(f"{_PATH}/history")(pages.go_back)
    app.include_router(router)


class _Pages:
    def __init__(self, desk: Desk, shell: Shell) -> None:
        self._desk = desk
        self._shell = shell
        self._asking = Asking(desk, shell)

    def fields(self, request: Request, firm_id: str) -> Response:
        """Each field with its source."""
        known = self._desk.source_names(self._shell.who(request), firm_id)
        return self._shell.page(
            request,
            "mapping/fields.html",
            firm=known.firm,
            rows=rows_of(known.firm.mapping),
            kinds=KINDS,
            known=known,
            url=firm_url(firm_id),
            words=firm_words,
        )

    def save_fields(self, request: Request, firm_id: str, form: Posted) -> Response:
        """Save where fields come from; first show what that would do."""
        actor, where, mapping = (
            self._shell.who(request),
            firm_url(firm_id, "/mapping/fields"),
            mapping_in(form),
        )
        if not form.has("sure"):
            firm, fields = self._desk.firms.get(actor, firm_id), form.fields()
            return self._asking.mapping(
                request, actor, firm, mapping, action=where, cancel=where, fields=fields
            )
        saved = self._desk.change_settings.field_mapping(
            actor, firm_id, mapping, anyway=True, expected=[form.one("state")]
        )
        return self._shell.to(where, saved_words(saved, "where fields come from"))

    def closing(self, request: Request, firm_id: str) -> Response:
        """How closed is said."""
        known = self._desk.source_names(self._shell.who(request), firm_id)
        url = firm_url(firm_id)
        return self._shell.page(request, "mapping/closing.html", firm=known.firm, url=url)

    def save_closing(self, request: Request, firm_id: str, form: Posted) -> Response:
        """Save how closed is said; first show what that would do."""
        actor, where, rule = self._shell.who(request), firm_url(firm_id, "/mapping/closing"), _rule_in(form)
        if not form.has("sure"):
            firm, fields = self._desk.firms.get(actor, firm_id), form.fields()
            return self._asking.closing(request, actor, firm, rule, action=where, cancel=where, fields=fields)
        saved = self._desk.change_settings.closing(
            actor, firm_id, rule, anyway=True, expected=[form.one("state")]
        )
        return self._shell.to(where, saved_words(saved, "how closed is said"))

    def preview(self, request: Request, firm_id: str, case: str = "") -> Response:
        """What the mapping makes of a real case."""
        actor = self._shell.who(request)
        firm = self._desk.firms.get(actor, firm_id)
        seen = self._desk.preview_mapping(actor, firm, case.strip()) if case.strip() else None
        return self._shell.page(
            request,
            "mapping/try.html",
            firm=firm,
            seen=seen,
            case=case,
            url=firm_url(firm_id),
            words=firm_words,
        )

    def history(self, request: Request, firm_id: str, before: str = "") -> Response:
        """Who changed what, newest first."""
        actor, place = self._shell.who(request), from_text(before, int)
        page = self._desk.firms.history(actor, firm_id, place, 20)
        return self._shell.page(
            request,
            "mapping/history.html",
            firm=self._desk.firms.get(actor, firm_id),
            rows=page.rows,
            next=to_text(page.next),
            is_first=place is None,
            url=firm_url(firm_id),
            words=firm_words,
        )

    def go_back(self, request: Request, firm_id: str, form: Posted) -> Response:
        """Go back to an earlier version; first show what that would do."""
        actor, where = self._shell.who(request), firm_url(firm_id, "/mapping/history")
        if not form.one("version").isdecimal() or len(form.one("version")) > 9:
            raise ConfigurationError("choose a version of the list")
        number = int(form.one("version"))
        if not form.has("sure"):
            version, tried = self._desk.go_back.preview(actor, firm_id, number)
            return self._asking.shown(
                request,
                self._desk.firms.get(actor, firm_id),
                version.kind,
                tried,
                f"go back to version {number}",
                action=where,
                cancel=where,
                button="Go back",
                lead="It is saved as a new version; nothing of the history is lost.",
                fields=form.fields(),
            )
        saved = self._desk.go_back(actor, firm_id, number, anyway=True)
        return self._shell.to(where, saved_words(saved, f"as version {number} was"))


def _rule_in(form: Form) -> ClosedRule:
    statuses, stages = _lines(form.one("statuses")), _lines(form.one("stages"))
    rule = replace(ClosedRule(), status_names=statuses, stage_names=stages)
    rule = replace(rule, closed_date_means_closed=form.has("closed_date"))
    if not statuses and not stages and not rule.closed_date_means_closed:
        raise ConfigurationError("say how closed is said: by a closing date, a status, or a stage")
    return rule


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (line.strip() for line in text.splitlines()))))
