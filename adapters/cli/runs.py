"""Commands about runs of the case sync: list, show, watch, cancel, csv, exceptions."""

import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from adapters.cli.cli import Cli
from adapters.cli.counted import counted
from adapters.cli.groups import add_group
from adapters.cli.options import FirmId, Json, Limit, OnlyFirm, RunId, day
from adapters.cli.output import (
    FAILED,
    INTERRUPTED,
    columns_of,
    console_of,
    print_json,
    say,
    show,
    tell,
    told_plainly,
    write_file,
)
from adapters.cli.table import plain

if TYPE_CHECKING:
    from core.progress import Progress
    from core.queries.runs import RunView
    from core.run import Run

_LOOK_EVERY_S: Final = 1.0


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the commands."""
    runs = add_group(app, "runs")

    @runs.command("list")
    def list_runs(firm: OnlyFirm = None, limit: Limit = 20, as_json: Json = False) -> None:
        """List runs, newest first."""
        columns = ["run_id", "firm_id", "trigger", "state", "started_at", "ended_at"]
        more, below = ["pages"], ["reason", "detail"]
        with told_plainly():
            desk = cli.desk()
            rows = columns_of(desk.runs.all(cli.actor(), firm, limit + 1), [*columns, *more, *below])
            now = desk.clock.now()
            show(
                rows,
                columns,
                more=more,
                below=below,
                now=now,
                as_json=as_json,
                limit=limit,
                empty="no runs yet",
            )

    @runs.command("show")
    def show_run(run_id: RunId, as_json: Json = False) -> None:
        """Show how far a run has come, and what it has done by outcome."""
        with told_plainly():
            view = cli.desk().runs.view(cli.actor(), run_id)
            if as_json:
                print_json(_data(view))
                return
            run = view.run
            say(f"run {run_id} of {run.firm_id}: {run.state} {_why(run)}".rstrip())
            typer.echo(in_words(view.progress))
            if run.then is not None:
                typer.echo(f"a run ({run.then}) waits for it to end")
            _show_counts(view)

    @runs.command("watch")
    def watch_run(run_id: RunId, as_json: Json = False) -> None:
        """Watch a run until it ends; Ctrl-C leaves it running. Exits 1 if it fails."""
        with told_plainly():
            watch(cli, run_id, as_json=as_json)

    @runs.command("cancel")
    def cancel_run(run_id: RunId, as_json: Json = False) -> None:
        """Cancel a run: it reads no further page, and what it stored stays."""
        with told_plainly():
            cancelled = cli.desk().cancel_run(cli.actor(), run_id)
            sentence = f"run {run_id} is cancelled" if cancelled else f"run {run_id} had ended already"
            tell({"run_id": run_id, "cancelled": cancelled}, sentence, as_json=as_json)

    @runs.command("csv")
    def run_csv(
        run_id: RunId,
        output: Annotated[
            Path | None, typer.Option(help="Write to this file; without it, to the terminal.")
        ] = None,
    ) -> None:
        """Write a row a case for a spreadsheet: number, client, result, reason, changed fields.

        It names clients: keep it as confidential as the cases.
        """
        with told_plainly():
            from core.results import csv_lines

            lines = csv_lines(cli.desk().runs.results(cli.actor(), run_id))
            if output is None:
                for line in lines:
                    typer.echo(line, nl=False)
                return
            number = write_file(output, lines) - 1  # the first line names the columns
            typer.echo(f"{counted(number, 'case')} written to {output}")

    @runs.command("exceptions")
    def exceptions(
        firm_id: FirmId,
        of_day: Annotated[
            str | None, typer.Option("--day", help="YYYY-MM-DD in UTC; default: the newest.")
        ] = None,
        as_json: Json = False,
    ) -> None:
        """Show a firm's daily exception report: which cases did not sync in the nightly run, and why."""
        with told_plainly():
            report = cli.desk().records.exception_report(cli.actor(), firm_id, day(of_day))
            if as_json:
                print_json(report)
                return
            typer.echo(
                f"{report['day']}: {counted(report['cases'], 'case')} did not sync (run {report['run_id']})"
            )
            columns = ["readable_id", "case_integration_id", "client", "in_words"]
            advice = ("in_words", "next_step")
            show(report["listed"], columns, advice=advice, as_json=False, empty="every case synced")


def watch(cli: Cli, run_id: int, *, as_json: bool) -> None:
    """Show a run's progress until it ends. Raises typer.Exit with 1 if it failed or is incomplete.

    Ctrl-C ends the watching alone, and says so.
    """
    try:
        _watch(cli, run_id, as_json=as_json)
    except KeyboardInterrupt:
        lines = (
            f"run {run_id} goes on by itself",
            f"watch it: casebridge runs watch {run_id}",
            f"cancel it: casebridge runs cancel {run_id}",
        )
        typer.echo("\n".join(lines), err=True)
        raise typer.Exit(INTERRUPTED) from None


def _watch(cli: Cli, run_id: int, *, as_json: bool) -> None:
    from rich.live import Live
    from rich.text import Text

    from core.run import RunState

    console = console_of(sys.stderr)
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            view = cli.desk().runs.view(cli.actor(), run_id)
            run = view.run
            if run.state is not RunState.WAITING:
                break
            if console.is_terminal:
                rests = run.failures or view.pause
                resting = f"  (resting: {run.detail or run.reason})" if rests else ""
                line = plain(f"run {run_id}: {in_words(view.progress)}{resting}")
                live.update(Text(line), refresh=True)  # no markup: servers say what they like
            time.sleep(_LOOK_EVERY_S)
    if as_json:
        print_json(_data(view))
    else:
        say(f"run {run_id}: {run.state} {_why(run)}".rstrip())
        _show_counts(view)
    if run.state in {RunState.FAILED, RunState.INCOMPLETE}:
        raise typer.Exit(FAILED)


def in_words(progress: "Progress") -> str:
    """Say how far a run has come in one line."""
    words = (
        f"{progress.doing}: {counted(progress.pages, 'page')}, {counted(progress.cases, 'case')}, "
        f"{progress.per_second:.1f}/s"
    )
    if progress.time_left is None or not progress.cases_left:
        return words
    about = "about " if progress.estimated else ""
    left = timedelta(seconds=round(progress.time_left.total_seconds()))
    return f"{words}; {about}{counted(progress.cases_left, 'case')} left, about {left}"


def _why(run: "Run") -> str:
    """Say why a run rests or has ended, and what can be done: `reason: detail. next step`."""
    from adapters.cli.words import joined

    return joined(": ".join(part for part in (run.reason, run.detail) if part), _step(run))


def _step(run: "Run") -> str:
    from adapters.cli.words import next_step

    return next_step(run.reason, firm_id=run.firm_id) if run.reason else ""


def _show_counts(view: "RunView") -> None:
    rows = [{"outcome": outcome, "cases": number} for outcome, number in view.counts.items()]
    show(rows, ["outcome", "cases"], as_json=False, empty="no cases seen yet")


def _data(view: "RunView") -> dict[str, Any]:
    counts, progress = dict(view.counts), _progress_data(view.progress)
    return {**_run_data(view.run), "counts": counts, "progress": progress}


def _run_data(run: "Run") -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "firm_id": run.firm_id,
        "trigger": run.trigger,
        "state": run.state,
        "reason": run.reason,
        "detail": run.detail,
        "next_step": _step(run) or None,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "then": run.then,
    }


def _progress_data(progress: "Progress") -> dict[str, Any]:
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
