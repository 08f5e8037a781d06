"""Commands about cases: sync, import, and what is known of one."""

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.checklist import tell_what_is_missing
from adapters.cli.cli import Cli
from adapters.cli.groups import add_group
from adapters.cli.options import CaseId, CasePasted, FirmId, Json, Limit, one_of
from adapters.cli.output import FAILED, print_json, say, show, told_plainly
from adapters.cli.runs import watch
from core.errors import ConfigurationError

if TYPE_CHECKING:
    from core.desk import Desk
    from core.firm import Firm


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the commands."""
    sync = add_group(app, "sync")
    cases = add_group(app, "cases")

    @sync.command("cases")
    def sync_cases(
        firm_id: FirmId,
        full: Annotated[
            bool, typer.Option("--full", help="Ten years again; for implementation managers only.")
        ] = False,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
        watching: Annotated[bool, typer.Option("--watch", help="Watch it until it ends.")] = False,
        as_json: Json = False,
    ) -> None:
        """Start a run over the firm's cases, or join the one under way."""
        from adapters.cli.go_live_words import left_data
        from core.run import Trigger

        with told_plainly():
            desk, actor = cli.desk(), cli.actor()
            firm = desk.firms.get(actor, firm_id)
            trigger = Trigger.RESET if full else Trigger.MANUAL
            if full and not yes:
                _ask_for_all(desk, firm)
            run, new = desk.start_sync(actor, firm, trigger)
            if watching:
                watch(cli, run.run_id, as_json=as_json)
            elif as_json:
                missing = left_data(desk.go_live(actor, firm_id))
                print_json({"run_id": run.run_id, "new": new, "then": run.then, "missing": missing})
            else:
                state = "started" if new else "is under way already"
                follows = f"; yours ({run.then}) follows it" if not new and run.then else ""
                typer.echo(f"run {run.run_id} {state}{follows}: casebridge runs watch {run.run_id}")
            if not as_json:
                tell_what_is_missing(cli, firm_id)

    @app.command("import")
    def import_case(
        firm_id: FirmId,
        case: CasePasted,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
        as_json: Json = False,
    ) -> None:
        """Import or update one case, named by its id or by the address of its SmartAdvocate page."""
        from core.case import Outcome
        from core.reasons import in_words, next_step

        with told_plainly():
            desk, actor = cli.desk(), cli.actor()
            firm = desk.firms.get(actor, firm_id)
            found = desk.import_by_hand.find(actor, firm, case)
            if not as_json:
                known = " (it is here already and is updated)" if found.is_known else ""
                say(f"case {found.number}, client {found.client or 'unknown'}{known}")
            if not yes and not typer.confirm("Is this the case?", default=True, err=True):
                raise typer.Exit(FAILED)
            result = desk.import_by_hand(actor, firm, found)
            if as_json:
                row = {"case_integration_id": result.integration_id, "readable_id": result.readable_id}
                print_json({**row, "outcome": result.outcome, "reason": result.skip, "detail": result.detail})
            elif result.skip is not None:
                why = in_words(result.skip, result.detail)
                say(f"skipped: {why}; {next_step(result.skip)}. It is tried again every night")
            else:
                say(f"{result.outcome}{': ' if result.changed else ''}{', '.join(result.changed)}")
            if result.outcome is Outcome.SKIPPED:
                raise typer.Exit(FAILED)

    @cases.command("problems")
    def problems(
        firm_id: FirmId,
        reason: Annotated[
            str | None, typer.Option(help="Only this reason, such as no_lead_attorney.")
        ] = None,
        limit: Limit = 50,
        as_json: Json = False,
    ) -> None:
        """List cases that are skipped, or keep what they had, with the reason and the next step."""
        from core.case import SkipReason
        from core.reasons import in_words, next_step

        with told_plainly():
            only = one_of(SkipReason, reason) if reason else None
            rows = [
                {
                    "case": problem.integration_id,
                    "number": problem.readable_id,
                    "imported": "no" if problem.skipped else "yes",
                    "reason": problem.reason.value,
                    "what": in_words(problem.reason, problem.label),
                    "next_step": next_step(problem.reason),
                }
                for problem in cli.desk().cases.problems(cli.actor(), firm_id, only, limit + 1)
            ]
            columns = ["case", "number", "imported", "what"]
            show(
                rows,
                columns,
                more=["reason"],
                advice=("reason", "next_step"),
                as_json=as_json,
                limit=limit,
                empty="no case has a problem",
            )

    @cases.command("why")
    def why(
        firm_id: FirmId,
        words: Annotated[
            str,
            typer.Argument(
                metavar="URL-OR-NUMBER-OR-NAME",
                help="The address of its SmartAdvocate page, its number, its id, or the client's name.",
            ),
        ],
        as_json: Json = False,
    ) -> None:
        """Say why a case is not here: what is known of it, when a run last met it, and what to do."""
        from adapters.cli.case_words import where_it_stands

        with told_plainly():
            desk = cli.desk()
            answer = desk.why_not_here(cli.actor(), firm_id, words)
            rows = [where_it_stands(firm_id, found) for found in answer.found]
            columns, more = ["case", "number", "client", "state"], ["absence", "last_met", "run", "outcome"]
            below, now = ["what", "next_step", "met"], desk.clock.now()
            show(rows, columns, more=more, below=below, now=now, as_json=as_json, empty="nothing is known")
            if answer.under_way is not None and not as_json:
                run_id = answer.under_way.run_id
                say(f"a run is under way, which may bring it: casebridge runs watch {run_id}")

    @cases.command("history")
    def history(firm_id: FirmId, case: CaseId, limit: Limit = 50, as_json: Json = False) -> None:
        """Show what changed about a case: field, old, new, run; newest first."""
        with told_plainly():
            desk = cli.desk()
            rows = [
                {
                    "at": past.at,
                    "run": past.run_id,
                    "field": past.change.field,
                    "old": past.change.old,
                    "new": past.change.new,
                }
                for past in desk.cases.history(cli.actor(), firm_id, case, limit + 1)
            ]
            columns, now = ["at", "run", "field", "old", "new"], desk.clock.now()
            show(rows, columns, now=now, as_json=as_json, limit=limit, empty="nothing changed yet")


def _ask_for_all(desk: "Desk", firm: "Firm") -> None:
    """Say what ten years mean, and ask. Raises ConfigurationError unless the answer is yes."""
    from core.window import window_for

    since = window_for(desk.clock.now(), first=True).since
    typer.echo(
        f"All cases of {firm.name} that were changed since {since:%Y-%m-%d} (ten years) are read again, not "
        "only those of the last 30 days: SmartAdvocate is asked for every page, which takes as long as the "
        "first import did, and what differs is changed here and announced. The nightly run waits for it.",
        err=True,
    )
    try:
        agreed = typer.confirm("Read ten years again?", err=True)
    except typer.Abort:
        raise ConfigurationError("nothing was started; where nobody can answer, say --yes") from None
    if not agreed:
        raise ConfigurationError("nothing was started")
