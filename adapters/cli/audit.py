"""`casebridge audit list`: who changed what, and when."""

from typing import Annotated

import typer

from adapters.cli.output import show, told_plainly
from adapters.cli.services import Services


def add(app: typer.Typer, services: Services) -> None:
    """Add the command."""
    audit = typer.Typer(help="What people changed.", no_args_is_help=True)
    app.add_typer(audit, name="audit")

    @audit.command("list")
    def list_entries(
        firm: Annotated[str | None, typer.Option("--firm", help="Only this firm.")] = None,
        limit: Annotated[int, typer.Option(min=1, max=10_000, help="Rows at the most.")] = 50,
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    ) -> None:
        """List changes by people, newest first."""
        with told_plainly(), services.units_of_work() as uow:
            rows = [
                {
                    "at": entry.at,
                    "by": entry.actor.name,
                    "role": entry.actor.role.value,
                    "firm_id": entry.firm_id,
                    "action": entry.action,
                    "detail": dict(entry.detail),
                }
                for entry in uow.audit.list(firm, limit)
            ]
            columns = ["at", "by", "role", "firm_id", "action", "detail"]
            show(rows, columns, as_json=as_json, empty="nobody changed anything yet")
