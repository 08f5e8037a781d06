"""`casebridge checklist`: what a firm still needs before everything flows."""

import typer

from adapters.cli.cli import Cli
from adapters.cli.options import FirmId, Json
from adapters.cli.output import FAILED, say, show, told_plainly


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the command."""

    @app.command()
    def checklist(firm_id: FirmId, as_json: Json = False) -> None:
        """Show what a firm still needs before everything flows. Exits 1 until nothing is left."""
        from adapters.cli.go_live_words import said_of_item

        with told_plainly():
            told = cli.desk().go_live(cli.actor(), firm_id)
            rows = [said_of_item(firm_id, item) for item in told.items]
            show(rows, ["step", "state", "what"], below=["next_step"], as_json=as_json, empty="")
        if not told.is_done:
            raise typer.Exit(FAILED)


def tell_what_is_missing(cli: Cli, firm_id: str, *, is_connecting: bool = False) -> None:
    """Say what the firm still needs; nothing where everything flows. `is_connecting`: it is under way."""
    from adapters.cli.go_live_words import still_missing

    if text := still_missing(cli.desk().go_live(cli.actor(), firm_id), is_connecting=is_connecting):
        say(text)
