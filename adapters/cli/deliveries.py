"""Commands about deliveries: list, show, replay. None prints message text or names."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.cli import Cli
from adapters.cli.counted import counted
from adapters.cli.groups import add_group
from adapters.cli.options import FORMS, Json, Limit, OnlyFirm, moment, one_of
from adapters.cli.output import columns_of, print_json, show, show_facts, tell, told_plainly
from core.errors import ConfigurationError

if TYPE_CHECKING:
    from core.delivery_selection import DeliverySummary, Selection

Case = Annotated[str | None, typer.Option("--case", help="Only of this case, by its integration id.")]
States = Annotated[
    list[str] | None,
    typer.Option("--state", help="Only in this state, as `list` shows it; may be given again."),
]
ReasonIs = Annotated[str | None, typer.Option(help="Only with this reason, as `list` shows it.")]
Since = Annotated[str | None, typer.Option(help=f"Only received since then: {FORMS}.")]
Kind = Annotated[str | None, typer.Option(help="Only message-sent, or only document-uploaded.")]
Only = Annotated[int | None, typer.Option("--id", help="Only this one.")]

_COLUMNS = ["delivery_id", "firm_id", "kind", "case_integration_id", "state", "reason", "run_at"]
_MORE = ["subject_id"]
_TIMELINE = ["ended_at", "outcome", "took_ms", "status", "reason"]


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the commands."""
    deliveries = add_group(app, "deliveries")

    @deliveries.command("list")
    def list_deliveries(
        firm: OnlyFirm = None,
        case: Case = None,
        state: States = None,
        reason: ReasonIs = None,
        since: Since = None,
        kind: Kind = None,
        limit: Limit = 50,
        as_json: Json = False,
    ) -> None:
        """List deliveries with their state and reason, newest first."""
        with told_plainly():
            wanted = selection(cli, firm, case, state, reason, since, kind)
            desk = cli.desk()
            rows = columns_of(desk.deliveries.find(cli.actor(), wanted, limit + 1), [*_COLUMNS, *_MORE])
            now = desk.clock.now()
            show(
                rows, _COLUMNS, more=_MORE, now=now, as_json=as_json, limit=limit, empty="no such deliveries"
            )

    @deliveries.command("show")
    def show_delivery(
        delivery_id: Annotated[
            int, typer.Argument(metavar="ID", help="The delivery's number; `deliveries list` shows it.")
        ],
        as_json: Json = False,
    ) -> None:
        """Show what befell a delivery: every attempt, when, how long, and what was answered."""
        from adapters.cli.delivery_words import said_of_delivery, said_of_entry

        with told_plainly():
            story = cli.desk().deliveries.story(cli.actor(), delivery_id)
            timeline = [said_of_entry(entry) for entry in story.timeline]
            if as_json:
                print_json({**said_of_delivery(story.delivery), "timeline": timeline})
                return
            now = cli.desk().clock.now()
            show_facts(_told(story.delivery), now)
            show(timeline, _TIMELINE, below=["detail"], now=now, as_json=False, empty="no attempt yet")

    @deliveries.command("replay")
    def replay_deliveries(
        firm: OnlyFirm = None,
        case: Case = None,
        state: States = None,
        reason: ReasonIs = None,
        since: Since = None,
        kind: Kind = None,
        delivery_id: Only = None,
        every: Annotated[bool, typer.Option("--all", help="All that are held or have failed.")] = False,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Print their number and stop.")] = False,
        as_json: Json = False,
    ) -> None:
        """Let held and failed deliveries leave again; what may be there already is looked up first."""
        from core.delivery_selection import Selection

        with told_plainly():
            wanted = selection(cli, firm, case, state, reason, since, kind, delivery_id)
            if wanted == Selection() and not every:
                raise ConfigurationError("say which (--firm, --reason, --id, ...), or --all for all of them")
            replay = cli.desk().replay_deliveries
            number = (replay.count if dry_run else replay)(cli.actor(), wanted)
            does = "would leave again" if dry_run else "leaves again" if number == 1 else "leave again"
            sentence = f"{counted(number, 'delivery', 'deliveries')} {does}"
            tell({"deliveries": number, "dry_run": dry_run}, sentence, as_json=as_json)


def selection(
    cli: Cli,
    firm: str | None,
    case: str | None,
    states: list[str] | None,
    reason: str | None,
    since: str | None,
    kind: str | None,
    delivery_id: int | None = None,
) -> "Selection":
    """Return what the options mean. Raises ConfigurationError."""
    from core.delivery import DeliveryState
    from core.delivery_selection import Selection
    from core.event import EventKind
    from core.reason import Reason

    return Selection(
        firm_id=firm,
        case_integration_id=case,
        states=tuple(one_of(DeliveryState, state) for state in states or ()),
        reason=one_of(Reason, reason) if reason else None,
        since=moment(since, cli.desk().clock.now()) if since else None,
        kind=one_of(EventKind, kind) if kind else None,
        delivery_id=delivery_id,
    )


def _told(delivery: "DeliverySummary") -> dict[str, Any]:
    """Return what a person asks first: what, whose, where it stands and what to do."""
    from adapters.cli.delivery_words import LATE, step_for, why

    return {
        "delivery": f"{delivery.delivery_id}, {delivery.kind} {delivery.subject_id}",
        "firm and case": f"{delivery.firm_id}, case {delivery.case_integration_id}",
        "state": delivery.state + (f" ({delivery.reason})" if delivery.reason else ""),
        "why": why(delivery),
        "next step": step_for(delivery),
        "sent": delivery.occurred_at,
        "received": delivery.created_at,
        "next attempt": delivery.run_at,
        "delivered": delivery.delivered_at,
        "in SmartAdvocate": delivery.stored_id,
        "late": LATE if delivery.late else None,
    }
