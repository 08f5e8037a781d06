"""How commands are listed in help: in sections, each with its whole first sentence."""

from typing import Any, Final

import typer
from typer.core import TyperGroup

from adapters.cli.plain_words import refuse_what_is_unseen
from adapters.cli.quick import QuickGroup

# `casebridge --help`, in the order in which somebody new comes by them.
SECTIONS: Final = {
    "To run it": (
        "demo",
        "run",
        "sandbox",
        "migrate",
        "doctor",
        "intake",
        "schedule",
        "work",
        "web",
        "processes",
    ),
    "A firm, from its first day": (
        "firms",
        "connect",
        "permissions",
        "verify",
        "verifications",
        "checklist",
        "mapping",
        "profile",
        "disconnect",
    ),
    "Cases": ("sync", "runs", "import", "cases"),
    "Messages and documents": ("deliveries", "bulk", "events"),
    "What needs somebody": ("issues", "notifications"),
    "People, keys and who did what": ("sign-in-link", "people", "api-keys", "keys", "audit"),
}
_WHOLE: Final = 1_000  # characters of a sentence: more than any has


class ListedGroup(TyperGroup):
    """A group whose commands are listed with whole sentences: one that is cut short explains nothing."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of this name; it refuses texts with control characters."""
        command = super().get_command(ctx, cmd_name)
        return (
            command if command is None or isinstance(command, TyperGroup) else refuse_what_is_unseen(command)
        )

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands, by section where there are any."""
        names = self.list_commands(ctx)
        placed = [name for section in self.sections().values() for name in section]
        rest = {"Commands": [name for name in names if name not in placed]}
        for title, section in (*self.sections().items(), *rest.items()):
            here = [(name, self.commands[name]) for name in section if name in names]
            rows = [(name, command.get_short_help_str(_WHOLE)) for name, command in here]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def sections(self) -> dict[str, tuple[str, ...]]:
        """Return the names of its commands by section; those of none stand behind."""
        return {}


class RootGroup(ListedGroup, QuickGroup):
    """`casebridge` itself."""

    def sections(self) -> dict[str, tuple[str, ...]]:
        """Return the names of all commands by section."""
        return SECTIONS


def add_group(app: typer.Typer, name: str, what: str) -> typer.Typer:
    """Add a group of commands, which `what` describes in a sentence, and return it."""
    group = typer.Typer(cls=ListedGroup, help=what, no_args_is_help=True)
    app.add_typer(group, name=name)
    return group
