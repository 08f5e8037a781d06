"""Commands about deliveries: list, show, replay. None prints message text or names."""

from typing import Annotated, Any

import typer

from adapters.cli.delivery_words import LATE, said_of_delivery, said_of_entry, why
from adapters.cli.moments import FORMS, moment
from adapters.cli.output import columns_of, print_json, show, told_plainly
from adapters.cli.services import Services
from core.delivery import DeliveryState
from core.delivery_selection import DeliverySummary, Selection
from core.errors import ConfigurationError
from core.event import EventKind

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Firm = Annotated[str | None, typer.Option("--firm", help="Only this firm's.")]
_Case = Annotated[str | None, typer.Option("--case", help="Only of this case, by its integration id.")]
_States = Annotated[
    list[DeliveryState] | None, typer.Option("--state", help="Only in this state; may be given again.")
]
_Reason = Annotated[str | None, typer.Option(help="Only with this reason, as `list` shows it.")]
_Since = Annotated[str | None, typer.Option(help=f"Only received since then: {FORMS}.")]
_Kind = Annotated[EventKind | None, typer.Option(help="Only messages, or only documents.")]
_Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Rows at the most.")]

_COLUMNS = [
    "delivery_id",
    "firm_id",
    "kind",
    "case_integration_id",
    "subject_id",
    "state",
    "reason",
    "run_at",
]
_TIMELINE = ["ended_at", "outcome", "took_ms", "status", "reason", "detail"]


def add(app: typer.Typer, services: Services) -> None:
    """Add the commands."""
    deliveries = typer.Typer(help="Messages and documents on their way.", no_args_is_help=True)
    app.add_typer(deliveries, name="deliveries")

    @deliveries.command("list")
    def list_deliveries(
        firm: _Firm = None,
        case: _Case = None,
        state: _States = None,
        reason: _Reason = None,
        since: _Since = None,
        kind: _Kind = None,
        limit: _Limit = 50,
        as_json: _Json = False,
    ) -> None:
        """List deliveries with their state and reason, newest first."""
        with told_plainly(), services.units_of_work() as uow:
            selection = _selection(services, firm, case, state, reason, since, kind)
            rows = columns_of(uow.deliveries.find(selection, limit), _COLUMNS)
            show(rows, _COLUMNS, as_json=as_json, empty="no such deliveries")

    @deliveries.command("show")
    def show_delivery(
        delivery_id: Annotated[int, typer.Argument(metavar="ID")], as_json: _Json = False
    ) -> None:
        """Show what befell a delivery: every attempt, when, how long, and what was answered."""
        with told_plainly(), services.units_of_work() as uow:
            found = uow.deliveries.find(Selection(delivery_id=delivery_id), 1)
            if not found:
                raise ConfigurationError(
                    f"there is no delivery {delivery_id}; 'casebridge deliveries list' shows the known ones"
                )
            timeline = [said_of_entry(entry) for entry in uow.deliveries.timeline(delivery_id)]
            if as_json:
                print_json({**said_of_delivery(found[0]), "timeline": timeline})
                return
            for line in _told(found[0]):
                typer.echo(line)
            show(timeline, _TIMELINE, as_json=False, empty="no attempt yet")

    @deliveries.command("replay")
    def replay(
        firm: _Firm = None,
        case: _Case = None,
        state: _States = None,
        reason: _Reason = None,
        since: _Since = None,
        kind: _Kind = None,
        delivery_id: Annotated[int | None, typer.Option("--id", help="Only this one.")] = None,
        every: Annotated[bool, typer.Option("--all", help="All that are held or have failed.")] = False,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Print their number and stop.")] = False,
        as_json: _Json = False,
    ) -> None:
        """Let held and failed deliveries leave again; what may be there already is looked up first."""
        with told_plainly():
            selection = _selection(services, firm, case, state, reason, since, kind, delivery_id)
            if selection == Selection() and not every:
                raise ConfigurationError("say which (--firm, --reason, --id, ...), or --all for all of them")
            if dry_run:
                number = services.replay_deliveries.count(services.actor, selection)
            else:
                number = services.replay_deliveries(services.actor, selection)
            if as_json:
                print_json({"deliveries": number, "dry_run": dry_run})
            else:
                typer.echo(f"{number} deliveries {'would leave again' if dry_run else 'leave again'}")


def _selection(
    services: Services,
    firm: str | None,
    case: str | None,
    states: list[DeliveryState] | None,
    reason: str | None,
    since: str | None,
    kind: EventKind | None,
    delivery_id: int | None = None,
) -> Selection:
    return Selection(
        firm_id=firm,
        case_integration_id=case,
        states=tuple(states or ()),
        reason=reason,
        since=moment(since, services.clock.now()) if since else None,
        kind=kind,
        delivery_id=delivery_id,
    )


def _told(delivery: DeliverySummary) -> list[str]:
    """Return what a person asks first: what, whose, where it stands and what to do."""
    facts: dict[str, Any] = {
        "delivery": f"{delivery.delivery_id}, {delivery.kind} {delivery.subject_id}",
        "firm and case": f"{delivery.firm_id}, case {delivery.case_integration_id}",
        "state": delivery.state + (f" ({delivery.reason})" if delivery.reason else ""),
        "why": why(delivery),
        "sent": delivery.occurred_at,
        "received": delivery.created_at,
        "next attempt": delivery.run_at,
        "delivered": delivery.delivered_at,
        "in SmartAdvocate": delivery.stored_id,
        "late": LATE if delivery.late else None,
    }
    return [f"{name + ':':<18}{value}" for name, value in facts.items() if value is not None]
