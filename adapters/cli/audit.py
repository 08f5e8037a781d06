"""`casebridge audit list`: who changed what, and when."""

import typer

from adapters.cli.cli import Cli
from adapters.cli.groups import add_group
from adapters.cli.options import Json, Limit, OnlyFirm
from adapters.cli.output import show, told_plainly


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the command."""
    audit = add_group(app, "audit")

    @audit.command("list")
    def list_entries(firm: OnlyFirm = None, limit: Limit = 50, as_json: Json = False) -> None:
        """List changes by people, newest first."""
        with told_plainly():
            desk = cli.desk()
            rows = [
                {
                    "at": entry.at,
                    "by": entry.actor.name,
                    "role": entry.actor.role.value,
                    "firm_id": entry.firm_id,
                    "action": entry.action,
                    "detail": dict(entry.detail),
                }
                for entry in desk.records.audit_log(cli.actor(), firm, limit + 1)
            ]
            columns, now = ["at", "by", "firm_id", "action"], desk.clock.now()
            show(
                rows,
                columns,
                more=["role"],
                below=["detail"],
                now=now,
                as_json=as_json,
                limit=limit,
                empty="nobody changed anything yet",
            )
