"""Exception reports: which cases did not sync in a night, and why; to be read, or as a spreadsheet."""

from datetime import date
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from adapters.web.pages import firm_words
from adapters.web.pages.safe_answer import safe
from adapters.web.pages.shell.cursor import firm_url
from adapters.web.pages.shell.shell import Shell
from core.desk import Desk
from core.errors import ConfigurationError
from core.results import not_listed, report_lines

_PATH: Final = "/firms/{firm_id}/exception-reports"
_ROWS: Final = 30
_CASES: Final = 100


def add_exception_pages(app: FastAPI, desk: Desk, shell: Shell) -> None:
    """Add the pages."""
    pages, router = _Pages(desk, shell), shell.router()
    router.get(_PATH)(pages.page)
    router.get(_PATH + "/{day}")(pages.report)
    router.get(_PATH + "/{day}/cases.csv")(pages.csv)
    app.include_router(router)


class _Pages:
    def __init__(self, desk: Desk, shell: Shell) -> None:
        self._desk = desk
        self._shell = shell

    def page(self, request: Request, firm_id: str, before: str = "") -> Response:
        """The reports, newest first."""
        actor, place = self._shell.who(request), _day(before) if before else None
        page = self._desk.records.exception_page(actor, firm_id, place, _ROWS)
        here = "/exception-reports"
        return self._shell.page(
            request,
            "firm/exceptions.html",
            firm=self._desk.firms.get(actor, firm_id),
            rows=page.rows,
            first=firm_url(firm_id, here) if place else None,
            next=firm_url(firm_id, here, before=page.next[0]) if page.next else None,
            url=firm_url(firm_id),
            words=firm_words,
        )

    def report(self, request: Request, firm_id: str, day: str, from_row: int = 0) -> Response:
        """One night's report; a report never changes, so that its rows have numbers."""
        actor = self._shell.who(request)
        report = self._desk.records.exception_report(actor, firm_id, _day(day))
        begin, listed = max(0, from_row), report.get("listed", ())
        here, after = f"/exception-reports/{_day(day)}", begin + _CASES
        return self._shell.page(
            request,
            "firm/exception_report.html",
            firm=self._desk.firms.get(actor, firm_id),
            day=_day(day),
            report=report,
            rows=listed[begin:after],
            left_out=not_listed(report),
            here=firm_url(firm_id, here),
            first=firm_url(firm_id, here) if begin else None,
            next=firm_url(firm_id, here, from_row=after) if after < len(listed) else None,
            url=firm_url(firm_id),
            words=firm_words,
        )

    def csv(self, request: Request, firm_id: str, day: str) -> Response:
        """The report as a file for a spreadsheet, by cases' numbers, without their clients."""
        report = self._desk.records.exception_report(self._shell.who(request), firm_id, _day(day))
        answer = safe(StreamingResponse(report_lines(report), media_type="text/csv"))
        answer.headers["Content-Disposition"] = f'attachment; filename="exceptions-{_day(day)}.csv"'
        return answer


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"{text!r} is no day; an example is 2026-11-02") from None
