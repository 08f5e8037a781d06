"""All commands. Each decodes its arguments, calls one thing and prints what came of it."""

from collections.abc import Callable
from importlib import import_module
from typing import Annotated, Final

import typer

from adapters.cli.cli import Cli
from adapters.cli.groups import RootGroup

MODULES: Final = {
    "processes": ("migrate", "intake", "schedule", "work", "web", "run", "sandbox", "doctor"),
    "firms": ("firms",),
    "mapping": ("mapping",),
    "profile": ("profile",),
    "cases": ("sync", "import", "cases"),
    "runs": ("runs",),
    "connections": ("connect", "disconnect", "keys"),
    "checklist": ("checklist",),
    "verify": ("verify", "permissions", "verifications"),
    "deliveries": ("deliveries",),
    "bulk": ("bulk",),
    "events": ("events",),
    "issues": ("issues",),
    "notifications": ("notifications",),
    "access": ("sign-in-link", "people", "api-keys"),
    "audit": ("audit",),
    "alive": ("processes",),
    "demo": ("demo",),
}
"""Each module with the first words of its commands."""


def build(cli: Cli, first_word: str | None = None) -> typer.Typer:
    """Build the command line around what it is given; nothing is opened here.

    With the `first_word` of a command only its module's are built: who types it waits for no others.
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

    meant = [module for module, words in MODULES.items() if first_word in words]
    for module in meant or MODULES:
        add: Callable[[typer.Typer, Cli], None] = import_module(f"adapters.cli.{module}").add
        add(app, cli)
    return app


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # loaded by who asks

        typer.echo(f"casebridge {version('casebridge')}")
        raise typer.Exit
