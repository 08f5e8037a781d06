"""Commands about bulk operations: count, confirm, watch, cancel."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.cli import Cli
from adapters.cli.counted import counted
from adapters.cli.deliveries import Case, Kind, Only, ReasonIs, Since, States, selection
from adapters.cli.groups import add_group
from adapters.cli.options import Json, Limit, OnlyFirm, one_of
from adapters.cli.output import show, show_facts, tell, told_plainly

if TYPE_CHECKING:
    from core.bulk import BulkOperation

_Number = Annotated[int, typer.Argument(metavar="OPERATION", help="The operation's number.")]
_COLUMNS = ["operation", "kind", "state", "counted", "done", "confirmed_by", "confirmed_at"]


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the commands."""
    bulk = add_group(app, "bulk")

    @bulk.command("count")
    def count(
        kind: Annotated[str, typer.Argument(metavar="KIND", help="replay, or discard: to give up.")],
        firm: OnlyFirm = None,
        case: Case = None,
        state: States = None,
        reason: ReasonIs = None,
        since: Since = None,
        of_kind: Kind = None,
        delivery_id: Only = None,
        as_json: Json = False,
    ) -> None:
        """Count what it would touch, and keep that under a number. Nothing happens until it is confirmed."""
        from core.bulk import BulkKind

        with told_plainly():
            wanted = selection(cli, firm, case, state, reason, since, of_kind, delivery_id)
            found = cli.desk().count_bulk(cli.actor(), one_of(BulkKind, kind), wanted)
            does = "would leave again" if found.kind is BulkKind.REPLAY else "would be given up"
            sentence = f"{counted(found.counted, 'delivery', 'deliveries')} {does}: operation {found.bulk_id}"
            tell(_told(found), sentence, as_json=as_json)

    @bulk.command("confirm")
    def confirm(
        operation: _Number,
        why: Annotated[str, typer.Option(help="The reason; it stands in the audit log.")],
        as_json: Json = False,
    ) -> None:
        """Confirm a counted operation: the workers work it off."""
        with told_plainly():
            confirmed = cli.desk().confirm_bulk(cli.actor(), operation, why)
            tell(_told(confirmed), f"operation {operation} is under way", as_json=as_json)

    @bulk.command("cancel")
    def cancel(operation: _Number, as_json: Json = False) -> None:
        """Stop an operation. What it has done stays."""
        with told_plainly():
            ended = cli.desk().cancel_bulk(cli.actor(), operation)
            sentence = f"operation {operation} is cancelled; {ended.done} of {ended.counted} were done"
            tell(_told(ended), sentence, as_json=as_json)

    @bulk.command("list")
    def list_operations(limit: Limit = 50, as_json: Json = False) -> None:
        """List operations that were confirmed, newest first."""
        with told_plainly():
            desk = cli.desk()
            rows = [_told(one) for one in desk.bulk.all(cli.actor(), limit + 1, None)]
            now = desk.clock.now()
            show(
                rows,
                _COLUMNS,
                below=["why"],
                now=now,
                as_json=as_json,
                limit=limit,
                empty="no bulk operations",
            )

    @bulk.command("show")
    def show_operation(operation: _Number, as_json: Json = False) -> None:
        """Show an operation: what it is about, how far it has come, and its result."""
        with told_plainly():
            desk = cli.desk()
            found = _told(desk.bulk.get(cli.actor(), operation))
            if as_json:
                tell(found, "", as_json=True)
                return
            show_facts({**found, "selection": _words(found["selection"])}, desk.clock.now())


def _told(operation: "BulkOperation") -> dict[str, Any]:
    selection = operation.selection.to_data()
    for inner in ("has_text", "kept", "bounds"):
        selection.pop(inner, None)
    return {
        "operation": operation.bulk_id,
        "kind": operation.kind.value,
        "state": operation.state.value,
        "selection": selection,
        "counted": operation.counted,
        "done": operation.done,
        "left_out": operation.left_out,
        "why": operation.why,
        "counted_by": operation.counted_by,
        "counted_at": operation.counted_at,
        "confirmed_by": operation.confirmed_by,
        "confirmed_at": operation.confirmed_at,
        "ended_by": operation.ended_by,
        "ended_at": operation.ended_at,
    }


def _words(selection: dict[str, Any]) -> str:
    told = [
        f"{name} {', '.join(value) if isinstance(value, list) else value}"
        for name, value in selection.items()
    ]
    return "; ".join(told) or "everything"
