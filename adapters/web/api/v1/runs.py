"""Runs of the case sync: start, watch, cancel, results."""

from fastapi import APIRouter, Request, Response, status
from starlette.responses import StreamingResponse

from adapters.web.api.v1.cases_schemas import Result
from adapters.web.api.v1.runs_schemas import Cancelled, Run, RunView, RunWanted, StartedRun
from adapters.web.api.v1.schemas import (
    CSV,
    LIMIT,
    Cursor,
    FirmId,
    Limit,
    Listing,
    Number,
    OnlyFirm,
    PageOf,
    number,
)
from adapters.web.who import Who
from core.desk import Desk
from core.results import csv_lines
from core.run import Trigger
from core.thing import Thing


def add_runs(router: APIRouter, desk: Desk, who: Who) -> None:
    """Add the routes."""

    @router.post(
        "/firms/{firm_id}/runs", status_code=status.HTTP_202_ACCEPTED, summary="Start a run, or join one"
    )
    def start_run(request: Request, response: Response, firm_id: FirmId, wanted: RunWanted) -> StartedRun:
        """Start a run over the firm's cases, or join the one under way: two of one firm never double.

        With `full` ten years again, which needs the scope `manage`.
        """
        actor = who(request)
        trigger = Trigger.RESET if wanted.full else Trigger.MANUAL
        run, new = desk.start_sync(actor, desk.firms.get(actor, firm_id), trigger)
        response.headers["Location"] = f"/v1/runs/{run.run_id}"
        return StartedRun(run_id=str(run.run_id), new=new, then=run.then)

    @router.get("/runs", summary="List runs")
    def list_runs(
        request: Request,
        response: Response,
        firm_id: OnlyFirm = None,
        cursor: Cursor = None,
        limit: Limit = LIMIT,
    ) -> PageOf[Run]:
        """Return runs, newest first."""
        listing = Listing(request, response, cursor, int, firm_id=firm_id)
        return listing.answer(desk.runs.page(who(request), firm_id, listing.place, limit).each(Run.of))

    @router.get("/runs/{run_id}", summary="Watch a run")
    def read_run(request: Request, response: Response, run_id: Number) -> RunView:
        """Return how far a run has come; while it is open `Retry-After` says when to look again."""
        view = desk.runs.view(who(request), number(run_id, Thing.RUN))
        if view.run.ended_at is None:
            response.headers["Retry-After"] = "2"
        return RunView.seen(view)

    @router.post("/runs/{run_id}/cancel", summary="Cancel a run")
    def cancel_run(request: Request, run_id: Number) -> Cancelled:
        """End a run at its next page; what it stored stays. `cancelled` is false for one that had ended."""
        return Cancelled(cancelled=desk.cancel_run(who(request), number(run_id, Thing.RUN)))

    @router.get("/runs/{run_id}/results", summary="What a run did")
    def list_results(
        request: Request, response: Response, run_id: Number, cursor: Cursor = None, limit: Limit = LIMIT
    ) -> PageOf[Result]:
        """Return a row a case that the run did something with, by id."""
        listing = Listing(request, response, cursor, str)
        page = desk.runs.result_page(who(request), number(run_id, Thing.RUN), listing.place, limit)
        return listing.answer(page.each(Result.of))

    @router.get(
        "/runs/{run_id}/results.csv",
        summary="What a run did, as a spreadsheet",
        response_class=StreamingResponse,
        responses=CSV,
    )
    def read_results_csv(request: Request, run_id: Number) -> StreamingResponse:
        """Return all rows, with clients' names, as people open them."""
        lines = csv_lines(desk.runs.results(who(request), number(run_id, Thing.RUN)))
        headers = {"Content-Disposition": f'attachment; filename="run-{int(run_id)}.csv"'}
        return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)
