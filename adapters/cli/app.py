"""All commands. Each decodes its arguments, calls one thing and prints what came of it."""

from typing import Annotated

import typer

from adapters.cli import (
    access,
    alive,
    audit,
    bulk,
    cases,
    checklist,
    connections,
    deliveries,
    demo,
    events,
    firms,
    issues,
    mapping,
    notifications,
    processes,
    profile,
    runs,
    verify,
)
from adapters.cli.cli import Cli


def build(cli: Cli) -> typer.Typer:
    """Build the command line around what it is given; nothing is opened here."""
    app = typer.Typer(
        name="casebridge",
        help="Keeps law firms' SmartAdvocate and Case Status in step.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # help in frames takes twice as long as all else that `--help` does
    )

    @app.callback()
    def main(
        version: Annotated[
            bool,
            typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_version),
        ] = False,
    ) -> None:
        """Keeps law firms' SmartAdvocate and Case Status in step."""

    processes.add(app, cli)
    firms.add(app, cli)
    mapping.add(app, cli)
    profile.add(app, cli)
    cases.add(app, cli)
    runs.add(app, cli)
    connections.add(app, cli)
    checklist.add(app, cli)
    verify.add(app, cli)
    deliveries.add(app, cli)
    bulk.add(app, cli)
    events.add(app, cli)
    issues.add(app, cli)
    notifications.add(app, cli)
    access.add(app, cli)
    audit.add(app, cli)
    alive.add(app, cli)
    demo.add(app, cli)
    return app


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # loaded by who asks

        typer.echo(f"casebridge {version('casebridge')}")
        raise typer.Exit
