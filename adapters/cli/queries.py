"""Commands about runs of the case sync."""

from typing import Annotated

import typer

from adapters.cli.output import columns_of, print_json, show, told_plainly
from adapters.cli.services import Services
from core.errors import ConfigurationError

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Firm = Annotated[str | None, typer.Option("--firm", help="Only this firm.")]
_Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Rows at the most.")]


def add(app: typer.Typer, services: Services) -> None:
    """Add the commands."""
    runs = typer.Typer(help="Runs of the case sync.", no_args_is_help=True)
    app.add_typer(runs, name="runs")

    @runs.command("list")
    def list_runs(firm: _Firm = None, limit: _Limit = 20, as_json: _Json = False) -> None:
        """List runs, newest first."""
        columns = ["run_id", "firm_id", "trigger", "state", "started_at", "pages", "reason"]
        with told_plainly(), services.units_of_work() as uow:
            rows = columns_of(uow.runs.list(firm, limit), columns)
            show(rows, columns, as_json=as_json, empty="no runs yet")

    @runs.command("show")
    def show_run(run_id: Annotated[int, typer.Argument(metavar="RUN")], as_json: _Json = False) -> None:
        """Show what a run has come to, by outcome."""
        with told_plainly(), services.units_of_work() as uow:
            run = uow.runs.get(run_id)
            if run is None:
                raise ConfigurationError(
                    f"there is no run {run_id}; 'casebridge runs list' shows the known ones"
                )
            counts = dict(uow.runs.counts(run_id))
            if as_json:
                print_json({"run_id": run_id, "state": run.state, "reason": run.reason, "counts": counts})
                return
            typer.echo(f"run {run_id} of {run.firm_id}: {run.state} {run.reason or ''}".rstrip())
            rows = [{"outcome": outcome, "cases": number} for outcome, number in counts.items()]
            show(rows, ["outcome", "cases"], as_json=False, empty="no cases seen yet")
