"""The command that lists the processes of the service."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from adapters.cli.cli import Cli
from adapters.cli.options import Json
from adapters.cli.output import show, told_plainly

if TYPE_CHECKING:
    from core.process import HeldJob, ProcessView


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the command."""

    @app.command("processes")
    def processes(as_json: Json = False) -> None:
        """List the processes of the service: which live, when each was seen, and what it has in hand."""
        columns = ["process_id", "kind", "version", "host", "state", "seen_at", "busy", "threads", "cases"]
        with told_plainly():
            desk = cli.desk()
            rows = [_row(process) for process in desk.processes.all(cli.actor())]
            more, now = ["seats", "started_at", "gone_at"], desk.clock.now()
            show(
                rows,
                columns,
                more=more,
                below=["holds"],
                now=now,
                as_json=as_json,
                empty="no process has given a sign of life",
            )


def _row(process: "ProcessView") -> dict[str, Any]:
    about = process.about
    return {
        "process_id": process.process_id,
        "kind": about.kind,
        "version": about.version,
        "host": about.host,
        "state": "gone" if process.gone_at is not None else "alive",
        "seen_at": process.seen_at,
        "busy": process.busy,
        "threads": about.threads,
        "cases": process.cases,
        "seats": process.seats,
        "started_at": process.started_at,
        "gone_at": process.gone_at,
        "jobs": [asdict(job) for job in process.jobs],
        "holds": ", ".join(map(_words, process.jobs)) or None,
    }


def _words(job: "HeldJob") -> str:
    run = f", run {job.run_id}" if job.run_id is not None else ""
    return f"{job.name} of {job.firm_id}{run}"
