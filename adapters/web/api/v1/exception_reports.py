"""Exception reports: which cases did not sync in a night, and why."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import StreamingResponse

from adapters.web.api.v1.exception_reports_schemas import ExceptionDays, ExceptionReport
from adapters.web.api.v1.schemas import CSV, FirmId
from adapters.web.who import Who
from core.desk import Desk
from core.results import report_lines

_Day = Annotated[date, Path(description="A day (UTC) that has a report.")]


def add_exception_reports(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the routes."""

    @router.get("/firms/{firm_id}/exception-reports", summary="List exception reports")
    def list_exception_reports(request: Request, firm_id: FirmId) -> ExceptionDays:
        """Return the days that have a report, newest first."""
        return ExceptionDays(items=list(desk.records.exception_days(who(request), firm_id)))

    @router.get("/firms/{firm_id}/exception-reports/{day}", summary="Read an exception report")
    def read_exception_report(request: Request, firm_id: FirmId, day: _Day) -> ExceptionReport:
        """Return which cases did not sync that night, why, and what to do."""
        return ExceptionReport.of(desk.records.exception_report(who(request), firm_id, day))

    @router.get(
        "/firms/{firm_id}/exception-reports/{day}/cases.csv",
        summary="An exception report as a spreadsheet",
        response_class=StreamingResponse,
        responses=CSV,
    )
    def read_exception_report_csv(request: Request, firm_id: FirmId, day: _Day) -> StreamingResponse:
        """Return the report's cases by their numbers, without clients' names, as people open them."""
        report = desk.records.exception_report(who(request), firm_id, day)
        headers = {"Content-Disposition": f'attachment; filename="exceptions-{day}.csv"'}
        return StreamingResponse(report_lines(report), media_type="text/csv; charset=utf-8", headers=headers)
