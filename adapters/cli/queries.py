"""Commands that look: runs, deliveries, rejected events, issues. None prints message text or names."""

from typing import Annotated

import typer

from adapters.cli.output import columns_of, print_json, show, told_plainly
from adapters.cli.services import Services
from core.delivery import DeliveryState
from core.errors import ConfigurationError

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Firm = Annotated[str | None, typer.Option("--firm", help="Only this firm.")]
_Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Rows at the most.")]


def add(app: typer.Typer, services: Services) -> None:
    """Add the commands."""
    runs = typer.Typer(help="Runs of the case sync.", no_args_is_help=True)
    deliveries = typer.Typer(help="Messages and documents on their way.", no_args_is_help=True)
    events = typer.Typer(help="Upstream events.", no_args_is_help=True)
    issues = typer.Typer(help="Problems for a person.", no_args_is_help=True)
    for name, group in (("runs", runs), ("deliveries", deliveries), ("events", events), ("issues", issues)):
        app.add_typer(group, name=name)

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

    @deliveries.command("list")
    def list_deliveries(
        firm: _Firm = None,
        state: Annotated[DeliveryState | None, typer.Option(help="Only this state.")] = None,
        limit: _Limit = 50,
        as_json: _Json = False,
    ) -> None:
        """List deliveries with their state and reason, newest first."""
        columns = [
            "delivery_id",
            "firm_id",
            "kind",
            "case_integration_id",
            "subject_id",
            "state",
            "reason",
            "run_at",
        ]
        with told_plainly():
            rows = columns_of(services.deliveries(firm_id=firm, state=state, limit=limit), columns)
            show(rows, columns, as_json=as_json, empty="no such deliveries")

    @events.command("rejected")
    def rejected(limit: _Limit = 50, as_json: _Json = False) -> None:
        """List events that were set aside, with the reason."""
        with told_plainly():
            columns = ["event_id", "received_at", "channel", "reason", "detail", "size"]
            rows = columns_of(services.rejected_events(limit=limit), columns)
            show(rows, columns, as_json=as_json, empty="no rejected events")

    @issues.command("list")
    def list_issues(firm: _Firm = None, as_json: _Json = False) -> None:
        """List open issues, oldest first."""
        columns = ["firm_id", "kind", "key", "times", "opened_at", "last_seen_at", "message"]
        with told_plainly(), services.units_of_work() as uow:
            rows = columns_of(uow.issues.list_open(firm), columns)
            show(rows, columns, as_json=as_json, empty="no open issues")
