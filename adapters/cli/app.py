"""All commands. Each decodes its arguments, calls one thing and prints what came of it."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Final

import typer

from adapters.cli.groups import RootGroup, add_names

if TYPE_CHECKING:
    from adapters.cli.cli import Cli

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
_ASKS_FOR_NAMES: Final = ("", "--help", "--version")


def build(cli: "Cli", first_word: str | None = None) -> typer.Typer:
    """Build the command line around what it is given; nothing is opened here.

    With the `first_word` that was typed only what it asks for is built, so that nobody waits for more: the
    commands of its module, or the names of all commands where help is asked for.
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

    if first_word in _ASKS_FOR_NAMES:
        add_names(app)
        return app
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
