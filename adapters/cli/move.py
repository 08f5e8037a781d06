"""Commands that move a firm from one cell to another: export, import, hand-over, take-over, call-off."""

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.cli import Cli
from adapters.cli.counted import counted
from adapters.cli.options import FirmId, Json
from adapters.cli.output import say, show, tell, told_plainly

File = Annotated[Path, typer.Argument(metavar="FILE", help="The firm's file.")]


def add(firms: typer.Typer, cli: Cli) -> None:
    """Add the commands to those about firms."""

    @firms.command("export")
    def export_firm(firm_id: FirmId, file: File, as_json: Json = False) -> None:
        """Let a firm rest, and write all of it to a file, to move it to another cell (docs/cells.md)."""
        with told_plainly():
            written = cli.desk().export_firm(cli.actor(), firm_id, file)
            what = "events that came late" if written.is_late else "rows"
            data = {
                "firm_id": firm_id,
                "file": str(file),
                "rows": dict(written.rows),
                "late": written.is_late,
            }
            words = f"{file} has {written.total} {what} of firm {firm_id}"
            tell({**data, "stays": list(written.stays)}, words, as_json=as_json)
            if written.stays and not as_json:
                say(
                    "\n".join(
                        ["these reach other firms too, and are to be added in the new cell:", *written.stays]
                    )
                )

    @firms.command("import")
    def import_firm(firm_id: FirmId, file: File, as_json: Json = False) -> None:
        """Bring a firm in from another cell's file. It rests until it is taken over."""
        with told_plainly():
            done = cli.desk().import_firm(cli.actor(), firm_id, file)
            data = {
                "firm_id": firm_id,
                "from_cell": done.file.cell,
                "rows": dict(done.file.rows),
                "late": done.file.is_late,
                "events_accepted": done.events.accepted,
                "events_rejected": done.events.rejected,
            }
            words = (
                f"firm {firm_id}: {counted(done.events.accepted, 'late event')} taken in"
                if done.file.is_late
                else f"firm {firm_id} is here with {counted(done.file.total, 'row')}, and rests"
            )
            tell(data, words, as_json=as_json)

    @firms.command("hand-over")
    def hand_over(
        firm_id: FirmId,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
        as_json: Json = False,
    ) -> None:
        """In the old cell: let the firm go for good, and tell the code that opens it in the new one."""
        with told_plainly():
            if not yes:
                typer.confirm(
                    f"Is firm {firm_id} imported in its new cell? It will not come back", abort=True
                )
            code = cli.desk().settle_move.hand_over(cli.actor(), firm_id)
            tell(
                {"firm_id": firm_id, "code": code},
                f"firm {firm_id} is handed over. Code: {code}",
                as_json=as_json,
            )

    @firms.command("take-over")
    def take_over(
        firm_id: FirmId,
        code: Annotated[str, typer.Argument(metavar="CODE", help="What `hand-over` told in the old cell.")],
        as_json: Json = False,
    ) -> None:
        """In the new cell: let the firm live here. What waits goes on at once."""
        with told_plainly():
            cli.desk().settle_move.take_over(cli.actor(), firm_id, code)
            tell({"firm_id": firm_id, "taken_over": True}, f"firm {firm_id} lives here", as_json=as_json)

    @firms.command("call-off")
    def call_off(firm_id: FirmId, as_json: Json = False) -> None:
        """End a move before the hand-over: in the old cell the firm goes on, in the new one it is removed."""
        with told_plainly():
            stood = cli.desk().settle_move.call_off(cli.actor(), firm_id)
            words = "goes on here" if stood == "leaving" else "is removed from this cell"
            tell({"firm_id": firm_id, "stood": stood}, f"firm {firm_id} {words}", as_json=as_json)

    @firms.command("moves")
    def list_moves(as_json: Json = False) -> None:
        """List the firms that came from other cells, left for others, or are on their way."""
        with told_plainly():
            moves = cli.desk().moves.all(cli.actor())
            rows = [{"firm_id": m.firm_id, "state": m.state.value, "by": m.by, "since": m.at} for m in moves]
            show(rows, ["firm_id", "state", "by", "since"], as_json=as_json, empty="no firm was ever moved")
