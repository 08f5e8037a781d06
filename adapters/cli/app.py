"""All commands. Each decodes its arguments, calls one thing and prints what came of it."""

from typing import Annotated

import typer

from adapters.cli import processes
from adapters.cli.cli import Cli
from adapters.cli.groups import RootGroup


def build(cli: Cli, first_word: str | None = None) -> typer.Typer:
    """Build the command line around what it is given; nothing is opened here.

    With a `first_word` that starts a lasting process, of its own commands alone: it needs no others.
    """
    app = typer.Typer(
        name="casebridge",
        cls=RootGroup,
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
    if first_word not in processes.LASTING:
        _add_others(app, cli)
    return app


def _add_others(app: typer.Typer, cli: Cli) -> None:
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
        profile,
        runs,
        verify,
    )

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


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # loaded by who asks

        typer.echo(f"casebridge {version('casebridge')}")
        raise typer.Exit
