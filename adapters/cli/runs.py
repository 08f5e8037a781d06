"""Commands about runs of the case sync: list, show, watch, cancel, csv, exceptions."""

import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.live import Live

from adapters.cli.known import known_firm
from adapters.cli.output import columns_of, print_json, show, told_plainly
from adapters.cli.services import Services
from core.errors import ConfigurationError
from core.progress import Progress, progress_of
from core.results import csv_lines
from core.run import CaseResult, Run, RunState
from core.usecases.steps.begin_run import unknown_run

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Firm = Annotated[str | None, typer.Option("--firm", help="Only this firm.")]
_Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Rows at the most.")]
_RunId = Annotated[int, typer.Argument(metavar="RUN", help="The run's number.")]
_PIECE: Final = 2_000  # result rows read at a time
_LOOK_EVERY_S: Final = 1.0


def add(app: typer.Typer, services: Services) -> None:
    """Add the commands."""
    runs = typer.Typer(help="Runs of the case sync.", no_args_is_help=True)
    app.add_typer(runs, name="runs")

    @runs.command("list")
    def list_runs(firm: _Firm = None, limit: _Limit = 20, as_json: _Json = False) -> None:
        """List runs, newest first."""
        columns = ["run_id", "firm_id", "trigger", "state", "started_at", "ended_at", "pages", "reason"]
        with told_plainly(), services.units_of_work() as uow:
            rows = columns_of(uow.runs.list(firm, limit), columns)
            show(rows, columns, as_json=as_json, empty="no runs yet")

    @runs.command("show")
    def show_run(run_id: _RunId, as_json: _Json = False) -> None:
        """Show how far a run has come, and what it has done by outcome."""
        with told_plainly():
            run, counts, progress = _look(services, run_id)
            if as_json:
                print_json({**_run_data(run), "counts": counts, "progress": _progress_data(progress)})
                return
            typer.echo(f"run {run_id} of {run.firm_id}: {run.state} {run.reason or ''}".rstrip())
            typer.echo(in_words(progress))
            if run.then is not None:
                typer.echo(f"a run ({run.then}) waits for it to end")
            rows = [{"outcome": outcome, "cases": number} for outcome, number in counts.items()]
            show(rows, ["outcome", "cases"], as_json=False, empty="no cases seen yet")

    @runs.command("watch")
    def watch_run(run_id: _RunId, as_json: _Json = False) -> None:
        """Watch a run until it ends; Ctrl-C leaves it running. Exits 1 if it fails."""
        with told_plainly():
            watch(services, run_id, as_json=as_json)

    @runs.command("cancel")
    def cancel_run(run_id: _RunId, as_json: _Json = False) -> None:
        """Cancel a run: it reads no further page, and what it stored stays."""
        with told_plainly():
            cancelled = services.cancel_run(run_id, services.actor)
            if as_json:
                print_json({"run_id": run_id, "cancelled": cancelled})
            else:
                typer.echo(f"run {run_id} is cancelled" if cancelled else f"run {run_id} had ended already")

    @runs.command("csv")
    def run_csv(
        run_id: _RunId,
        output: Annotated[
            Path | None, typer.Option(help="Write to this file; without it, to the terminal.")
        ] = None,
    ) -> None:
        """Write a row a case for a spreadsheet: number, client, result, reason, changed fields.

        It names clients: keep it as confidential as the cases.
        """
        with told_plainly():
            run, _, _ = _look(services, run_id)
            lines = csv_lines(_results(services, run))
            if output is None:
                for line in lines:
                    typer.echo(line, nl=False)
                return
            number = _write(output, lines)
            typer.echo(f"{number} cases written to {output}")

    @runs.command("exceptions")
    def exceptions(
        firm_id: Annotated[str, typer.Argument(metavar="FIRM")],
        day: Annotated[str | None, typer.Option(help="YYYY-MM-DD in UTC; default: the newest.")] = None,
        as_json: _Json = False,
    ) -> None:
        """Show a firm's daily exception report: which cases did not sync in the nightly run, and why."""
        with told_plainly(), services.units_of_work() as uow:
            known_firm(services, firm_id)
            report = uow.reports.exceptions(firm_id, _day(day))
            if report is None:
                days = ", ".join(str(d) for d in uow.reports.exception_days(firm_id)) or "none yet"
                raise ConfigurationError(f"firm {firm_id!r} has no such report; there are: {days}")
            if as_json:
                print_json(report)
                return
            typer.echo(f"{report['day']}: {report['cases']} cases did not sync (run {report['run_id']})")
            columns = ["readable_id", "case_integration_id", "client", "in_words", "next_step"]
            show(report["listed"], columns, as_json=False, empty="every case synced")


def watch(services: Services, run_id: int, *, as_json: bool) -> None:
    """Show a run's progress until it ends. Raises typer.Exit with 1 if it failed."""
    console = Console(stderr=True)
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            run, counts, progress = _look(services, run_id)
            if run.state is not RunState.WAITING:
                break
            if console.is_terminal:
                resting = f"  (resting: {run.reason})" if run.failures else ""
                live.update(f"run {run_id}: {in_words(progress)}{resting}", refresh=True)
            time.sleep(_LOOK_EVERY_S)
    if as_json:
        print_json({**_run_data(run), "counts": counts, "progress": _progress_data(progress)})
    else:
        typer.echo(f"run {run_id}: {run.state} {run.reason or ''}".rstrip())
        rows = [{"outcome": outcome, "cases": number} for outcome, number in counts.items()]
        show(rows, ["outcome", "cases"], as_json=False, empty="no cases seen")
    if run.state is RunState.FAILED:
        raise typer.Exit(1)


def in_words(progress: Progress) -> str:
    """Say how far a run has come in one line."""
    words = f"{progress.doing}: {progress.pages} pages, {progress.cases} cases, {progress.per_second:.1f}/s"
    if progress.time_left is None or not progress.cases_left:
        return words
    about = "about " if progress.estimated else ""
    left = timedelta(seconds=round(progress.time_left.total_seconds()))
    return f"{words}; {about}{progress.cases_left} cases left, about {left}"


def _look(services: Services, run_id: int) -> tuple[Run, dict[str, int], Progress]:
    with services.units_of_work() as uow:
        run = uow.runs.get(run_id)
        if run is None:
            raise unknown_run(run_id)
        services.actor.must_reach(run.firm_id)
        counts = dict(uow.runs.counts(run_id))
    cases = sum(number for outcome, number in counts.items() if ":" not in outcome)
    return run, counts, progress_of(run, cases, services.clock.now())


def _results(services: Services, run: Run) -> Iterator[CaseResult]:
    """Read the results piece by piece: a run may have hundreds of thousands."""
    after: str | None = None
    while True:
        with services.units_of_work() as uow:
            piece = uow.runs.results(run.run_id, after=after, limit=_PIECE)
        yield from piece
        if len(piece) < _PIECE:
            return
        after = piece[-1].integration_id


def _write(path: Path, lines: Iterator[str]) -> int:
    """Write the lines; return their number without the header. Raises ConfigurationError."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            return sum(1 for line in lines if file.write(line)) - 1
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None


def _run_data(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "firm_id": run.firm_id,
        "trigger": run.trigger,
        "state": run.state,
        "reason": run.reason,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "then": run.then,
    }


def _progress_data(progress: Progress) -> dict[str, Any]:
    left = progress.time_left
    return {
        "doing": progress.doing,
        "pages": progress.pages,
        "cases": progress.cases,
        "per_second": round(progress.per_second, 1),
        "cases_left": progress.cases_left,
        "seconds_left": round(left.total_seconds()) if left is not None else None,
        "estimated": progress.estimated,
    }


def _day(text: str | None) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date() if text else None  # noqa: DTZ007 - a day, no instant
    except ValueError:
        raise ConfigurationError(f"{text!r} is no day; an example is 2026-11-02") from None
