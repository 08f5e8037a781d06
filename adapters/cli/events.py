"""Commands about upstream events that were set aside. None prints a body."""

from dataclasses import asdict
from typing import Annotated, Final

import typer

from adapters.cli.cli import Cli
from adapters.cli.counted import counted
from adapters.cli.groups import add_group
from adapters.cli.options import Json, Limit
from adapters.cli.output import FAILED, columns_of, show, tell, told_plainly
from core.errors import ConfigurationError

_SHOWN: Final = "Its number, as `events rejected` shows it; several may be given."


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the commands."""
    events = add_group(app, "events")

    @events.command("rejected")
    def rejected(
        limit: Limit = 50,
        replayed: Annotated[bool, typer.Option(help="Also those that were replayed.")] = False,
        as_json: Json = False,
    ) -> None:
        """List events that were set aside, with the reason."""
        with told_plainly():
            columns = ["event_id", "received_at", "channel", "reason", "size", "replayable"]
            desk = cli.desk()
            found = desk.records.rejected_events(cli.actor(), limit + 1, with_replayed=replayed)
            rows, now = columns_of(found, [*columns, "detail"]), desk.clock.now()
            show(
                rows,
                columns,
                below=["detail"],
                now=now,
                as_json=as_json,
                limit=limit,
                empty="no rejected events",
            )

    @events.command("discard")
    def discard(
        event_ids: Annotated[list[int], typer.Argument(metavar="ID…", help=_SHOWN)],
        why: Annotated[str, typer.Option(help="The reason; it stands in the audit log.")],
        as_json: Json = False,
    ) -> None:
        """Give rejected events up: their bytes go, why they were rejected stays."""
        with told_plainly():
            number = cli.desk().discard_events(cli.actor(), why, event_ids, None, None)
            tell({"events": number}, f"{counted(number, 'event')} given up", as_json=as_json)

    @events.command("replay")
    def replay(
        event_ids: Annotated[list[int] | None, typer.Argument(metavar="ID…", help=_SHOWN)] = None,
        every: Annotated[bool, typer.Option("--all", help="All that were not replayed yet.")] = False,
        as_json: Json = False,
    ) -> None:
        """Judge rejected events again, from the bytes that were kept."""
        with told_plainly():
            if bool(event_ids) == every:
                raise ConfigurationError("name events by the ids that 'events rejected' shows, or say --all")
            outcome = cli.desk().replay_events(cli.actor(), None if every else event_ids)
            why = ", ".join(f"{number} {reason}" for reason, number in outcome.reasons.items())
            sentence = f"{outcome.accepted} accepted, {outcome.rejected} still rejected {why}".rstrip()
            if outcome.impossible:
                numbers = ", ".join(map(str, outcome.impossible))
                sentence += f"; not possible for {numbers}: no body is kept, or it was replayed already"
            tell(asdict(outcome), sentence, as_json=as_json)
        if outcome.impossible:
            raise typer.Exit(FAILED)
