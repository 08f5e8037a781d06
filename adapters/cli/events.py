"""Commands about upstream events that were set aside. None prints a body."""

from typing import Annotated

import typer

from adapters.cli.output import columns_of, print_json, show, told_plainly
from adapters.cli.services import Services
from core.errors import ConfigurationError

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Rows at the most.")]


def add(app: typer.Typer, services: Services) -> None:
    """Add the commands."""
    events = typer.Typer(help="Upstream events.", no_args_is_help=True)
    app.add_typer(events, name="events")

    @events.command("rejected")
    def rejected(
        limit: _Limit = 50,
        replayed: Annotated[bool, typer.Option(help="Also those that were replayed.")] = False,
        as_json: _Json = False,
    ) -> None:
        """List events that were set aside, with the reason."""
        with told_plainly(), services.units_of_work() as uow:
            columns = ["event_id", "received_at", "channel", "reason", "detail", "size", "replayable"]
            rows = columns_of(uow.inbox.rejected(limit, with_replayed=replayed), columns)
            show(rows, columns, as_json=as_json, empty="no rejected events")

    @events.command("replay")
    def replay(
        event_ids: Annotated[list[int] | None, typer.Argument(metavar="ID…")] = None,
        every: Annotated[bool, typer.Option("--all", help="All that were not replayed yet.")] = False,
        as_json: _Json = False,
    ) -> None:
        """Judge rejected events again, from the bytes that were kept."""
        with told_plainly():
            if bool(event_ids) == every:
                raise ConfigurationError("name events by the ids that 'events rejected' shows, or say --all")
            outcome = services.replay_events(services.actor, None if every else event_ids)
            if as_json:
                print_json(
                    {"accepted": outcome.accepted, "rejected": outcome.rejected, "reasons": outcome.reasons}
                )
                return
            why = ", ".join(f"{number} {reason}" for reason, number in outcome.reasons.items())
            typer.echo(f"{outcome.accepted} accepted, {outcome.rejected} still rejected {why}".rstrip())
