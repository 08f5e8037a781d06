"""Commands about cases: sync, import, and what is known of one."""

from typing import Annotated

import typer

from adapters.cli.known import known_firm
from adapters.cli.output import FAILED, print_json, show, told_plainly
from adapters.cli.runs import watch
from adapters.cli.services import Services
from core.case import Outcome, SkipReason
from core.reasons import in_words, next_step
from core.run import Trigger

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_FirmId = Annotated[str, typer.Argument(metavar="FIRM", help="The firm's id.")]
_CaseId = Annotated[str, typer.Argument(metavar="CASE", help="The case's integration id.")]
_Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Rows at the most.")]


def add(app: typer.Typer, services: Services) -> None:
    """Add the commands."""
    sync = typer.Typer(help="Start a sync by hand.", no_args_is_help=True)
    cases = typer.Typer(help="Cases as they came over.", no_args_is_help=True)
    app.add_typer(sync, name="sync")
    app.add_typer(cases, name="cases")

    @sync.command("cases")
    def sync_cases(
        firm_id: _FirmId,
        full: Annotated[
            bool, typer.Option("--full", help="Ten years again; for implementation managers only.")
        ] = False,
        watching: Annotated[bool, typer.Option("--watch", help="Watch it until it ends.")] = False,
        as_json: _Json = False,
    ) -> None:
        """Start a run over the firm's cases, or join the one under way."""
        with told_plainly():
            firm = known_firm(services, firm_id)
            trigger = Trigger.RESET if full else Trigger.MANUAL
            run, new = services.start_sync(firm, trigger, services.actor)
            if watching:
                watch(services, run.run_id, as_json=as_json)
            elif as_json:
                print_json({"run_id": run.run_id, "new": new, "then": run.then})
            else:
                state = "started" if new else "is under way already"
                follows = f"; yours ({run.then}) follows it" if not new and run.then else ""
                typer.echo(f"run {run.run_id} {state}{follows}: casebridge runs watch {run.run_id}")

    @app.command("import")
    def import_case(
        firm_id: _FirmId,
        case: Annotated[str, typer.Argument(metavar="URL-OR-ID", help="As SmartAdvocate's page shows it.")],
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
        as_json: _Json = False,
    ) -> None:
        """Import or update one case, named by its id or by the address of its SmartAdvocate page."""
        with told_plainly():
            firm = known_firm(services, firm_id)
            case_id = services.case_id(firm, case)
            with services.seat(firm_id):
                found = services.import_case.find(firm, case_id)
            if not as_json:
                known = " (it is here already and is updated)" if found.is_known else ""
                typer.echo(f"case {found.number}, client {found.client or 'unknown'}{known}")
            if not yes and not typer.confirm("Is this the case?", default=True, err=True):
                raise typer.Exit(FAILED)
            result = services.import_case(firm, found.source.integration_id, found)
            if as_json:
                row = {"case_integration_id": result.integration_id, "readable_id": result.readable_id}
                print_json({**row, "outcome": result.outcome, "reason": result.skip, "detail": result.detail})
            elif result.skip is not None:
                why = in_words(result.skip, result.detail)
                typer.echo(f"skipped: {why}; {next_step(result.skip)}. It is tried again every night")
            else:
                typer.echo(f"{result.outcome}{': ' if result.changed else ''}{', '.join(result.changed)}")
            if result.outcome is Outcome.SKIPPED:
                raise typer.Exit(FAILED)

    @cases.command("problems")
    def problems(
        firm_id: _FirmId,
        reason: Annotated[SkipReason | None, typer.Option(help="Only this reason.")] = None,
        limit: _Limit = 50,
        as_json: _Json = False,
    ) -> None:
        """List cases that are skipped, or keep what they had, with the reason and the next step."""
        with told_plainly(), services.units_of_work() as uow:
            known_firm(services, firm_id)
            rows = [
                {
                    "case": problem.integration_id,
                    "number": problem.readable_id,
                    "imported": "no" if problem.skipped else "yes",
                    "reason": problem.reason.value,
                    "what": in_words(problem.reason, problem.label),
                    "next_step": next_step(problem.reason),
                }
                for problem in uow.problems.list(firm_id, reason, limit=limit)
            ]
            columns = ["case", "number", "imported", "what", "next_step"]
            show(rows, columns, as_json=as_json, empty="no case has a problem")

    @cases.command("history")
    def history(firm_id: _FirmId, case: _CaseId, limit: _Limit = 50, as_json: _Json = False) -> None:
        """Show what changed about a case: field, old, new, run; newest first."""
        with told_plainly(), services.units_of_work() as uow:
            known_firm(services, firm_id)
            rows = [
                {
                    "at": past.at,
                    "run": past.run_id,
                    "field": past.change.field,
                    "old": past.change.old,
                    "new": past.change.new,
                }
                for past in uow.cases.changes(firm_id, case, limit)
            ]
            show(rows, ["at", "run", "field", "old", "new"], as_json=as_json, empty="nothing changed yet")
