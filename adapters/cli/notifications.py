"""Commands about who gets letters: list, set, remove, try."""

from typing import Annotated

import typer

from adapters.cli.cli import Cli
from adapters.cli.groups import add_group
from adapters.cli.options import FirmId, Json
from adapters.cli.output import show, tell, told_plainly

_Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="An e-mail address.")]


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the commands."""
    notifications = add_group(app, "notifications")

    @notifications.command("list")
    def list_recipients(firm_id: FirmId, as_json: Json = False) -> None:
        """List who gets letters, and whether the last one arrived at their server."""
        with told_plainly():
            rows = [
                {
                    "address": recipient.address,
                    "problems": recipient.problems,
                    "exceptions": recipient.exceptions,
                    "trouble": recipient.trouble,
                }
                for recipient in cli.desk().records.recipients(cli.actor(), firm_id)
            ]
            columns = ["address", "problems", "exceptions"]
            show(rows, columns, below=["trouble"], as_json=as_json, empty="nobody gets letters")

    @notifications.command("set")
    def set_recipient(
        firm_id: FirmId,
        address: _Address,
        problems: Annotated[
            bool, typer.Option(help="Once when a problem needs somebody, and when it is over.")
        ] = True,
        exceptions: Annotated[
            bool, typer.Option(help="Each morning after a night in which cases did not sync.")
        ] = False,
        as_json: Json = False,
    ) -> None:
        """Let somebody get letters, or other ones than before."""
        with told_plainly():
            recipient = cli.desk().set_recipient(
                cli.actor(), firm_id, address, problems=problems, exceptions=exceptions
            )
            data = {
                "firm_id": firm_id,
                "address": recipient.address,
                "problems": problems,
                "exceptions": exceptions,
            }
            names = [
                name for name, is_wanted in (("problems", problems), ("exceptions", exceptions)) if is_wanted
            ]
            wanted = " and ".join(names) or "nothing, but is kept on the list"
            tell(data, f"{recipient.address} gets letters about {firm_id}: {wanted}", as_json=as_json)

    @notifications.command("remove")
    def remove(firm_id: FirmId, address: _Address, as_json: Json = False) -> None:
        """Send somebody no more letters."""
        with told_plainly():
            cli.desk().set_recipient.remove(cli.actor(), firm_id, address)
            data = {"firm_id": firm_id, "address": address}
            tell(data, f"{address} gets no more letters about {firm_id}", as_json=as_json)

    @notifications.command("try")
    def try_out(firm_id: FirmId, address: _Address, as_json: Json = False) -> None:
        """Send a letter to see whether letters arrive."""
        with told_plainly():
            cli.desk().set_recipient.try_out(cli.actor(), firm_id, address)
            data = {"firm_id": firm_id, "address": address}
            look = f"casebridge notifications list {firm_id}"
            words = f"a letter to {address} is on its way; if it does not come: {look}"
            tell(data, words, as_json=as_json)
