"""Commands about issues: list, mute, unmute, close."""

from typing import Annotated

import typer

from adapters.cli.cli import Cli
from adapters.cli.groups import add_group
from adapters.cli.options import FORMS, FirmId, Json, Limit, OnlyFirm, moment, one_of
from adapters.cli.output import show, tell, told_plainly

_Kind = Annotated[str, typer.Argument(metavar="KIND", help="As `issues list` shows it.")]
_Key = Annotated[str | None, typer.Argument(metavar="KEY", help="Without it all of the kind.")]


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the commands."""
    issues = add_group(app, "issues")

    @issues.command("list")
    def list_issues(
        firm: OnlyFirm = None,
        muted: Annotated[bool, typer.Option("--muted", help="Also those that are muted.")] = False,
        limit: Limit = 500,
        as_json: Json = False,
    ) -> None:
        """List open issues, oldest first."""
        from adapters.cli.issue_words import said_of_issue

        columns = ["firm_id", "kind", "key", "times", "last_seen_at", *(["muted_until"] if muted else [])]
        with told_plainly():
            desk = cli.desk()
            found = desk.records.issues(cli.actor(), firm, with_muted=muted)[: limit + 1]
            rows = [said_of_issue(issue) for issue in found]
            show(
                rows,
                columns,
                more=["opened_at"],
                below=["message"],
                advice=("kind", "next_step"),
                now=desk.clock.now(),
                as_json=as_json,
                limit=limit,
                empty="no open issues",
            )

    @issues.command("mute")
    def mute(
        firm_id: FirmId,
        kind: _Kind,
        key: _Key = None,
        until: Annotated[str, typer.Option(help=f"Until when, or for how long: {FORMS}.")] = "7d",
        as_json: Json = False,
    ) -> None:
        """Leave an issue out of lists until a date; it is counted and resolved as before."""
        from core.issue import IssueKind

        with told_plainly():
            ends = moment(until, cli.desk().clock.now(), ahead=True)
            cli.desk().mute_issue(cli.actor(), firm_id, one_of(IssueKind, kind), key, ends)
            data = {"firm_id": firm_id, "kind": kind, "key": key, "until": ends.isoformat()}
            sentence = f"{kind} {key or '(all)'} of {firm_id} is muted until {ends:%Y-%m-%d %H:%M} UTC"
            tell(data, sentence, as_json=as_json)

    @issues.command("unmute")
    def unmute(firm_id: FirmId, kind: _Kind, key: _Key = None, as_json: Json = False) -> None:
        """Show a muted issue in lists again."""
        from core.issue import IssueKind

        with told_plainly():
            cli.desk().mute_issue.unmute(cli.actor(), firm_id, one_of(IssueKind, kind), key)
            data = {"firm_id": firm_id, "kind": kind, "key": key}
            tell(data, f"{kind} {key or '(all)'} of {firm_id} is shown again", as_json=as_json)

    @issues.command("close")
    def close(
        firm_id: FirmId,
        kind: _Kind,
        key: Annotated[str, typer.Argument(metavar="KEY", help="As `issues list` shows it.")],
        as_json: Json = False,
    ) -> None:
        """Close an issue that is dealt with: a contradicting event, or something that was written twice.

        All others close by themselves when their cause is over.
        """
        from core.issue import IssueKind

        with told_plainly():
            cli.desk().close_issue(cli.actor(), firm_id, one_of(IssueKind, kind), key)
            data = {"firm_id": firm_id, "kind": kind, "key": key}
            tell(data, f"{kind} {key} of {firm_id} is closed", as_json=as_json)
