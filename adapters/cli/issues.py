"""Commands about issues: list, mute."""

from typing import Annotated

import typer

from adapters.cli.moments import FORMS, moment
from adapters.cli.output import columns_of, print_json, show, told_plainly
from adapters.cli.services import Services
from core.audit import AuditAction
from core.issue import IssueKind

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Firm = Annotated[str | None, typer.Option("--firm", help="Only this firm's.")]


def add(app: typer.Typer, services: Services) -> None:
    """Add the commands."""
    issues = typer.Typer(help="Problems for a person.", no_args_is_help=True)
    app.add_typer(issues, name="issues")

    @issues.command("list")
    def list_issues(
        firm: _Firm = None,
        muted: Annotated[bool, typer.Option("--muted", help="Also those that are muted.")] = False,
        as_json: _Json = False,
    ) -> None:
        """List open issues, oldest first."""
        columns = ["firm_id", "kind", "key", "times", "opened_at", "last_seen_at", "muted_until", "message"]
        if not muted:
            columns.remove("muted_until")
        with told_plainly(), services.units_of_work() as uow:
            rows = columns_of(uow.issues.list_open(firm, with_muted=muted), columns)
            show(rows, columns, as_json=as_json, empty="no open issues")

    @issues.command("mute")
    def mute(
        firm_id: Annotated[str, typer.Argument(metavar="FIRM")],
        kind: Annotated[IssueKind, typer.Argument(metavar="KIND", help="As `issues list` shows it.")],
        key: Annotated[str | None, typer.Argument(metavar="KEY", help="Without it all of the kind.")] = None,
        until: Annotated[str, typer.Option(help=f"Until when, or for how long: {FORMS}.")] = "7d",
        as_json: _Json = False,
    ) -> None:
        """Leave an issue out of lists until a date; it is counted and resolved as before."""
        with told_plainly(), services.units_of_work() as uow:
            ends = moment(until, services.clock.now(), ahead=True)
            services.actor.must_reach(firm_id)
            uow.issues.mute(firm_id, kind, key, ends)
            detail = {"kind": kind, "key": key, "until": ends.isoformat()}
            uow.audit.record(services.actor, firm_id, AuditAction.ISSUE_MUTED, detail)
            uow.commit()
            if as_json:
                print_json({"firm_id": firm_id, **detail})
            else:
                typer.echo(f"{kind} {key or '(all)'} of {firm_id} is muted until {ends:%Y-%m-%d %H:%M} UTC")
