"""How commands are listed in help: in sections, each with its whole first sentence."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import typer
from typer.core import TyperGroup

from adapters.cli.plain_words import refuse_what_is_unseen
from adapters.cli.quick import QuickGroup

# `casebridge --help`, in the order in which somebody new comes by them: of each what it is, or the first
# sentence of what it does.
SECTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "To run it": {
        "demo": "Run the main job on this machine: import cases, deliver messages and documents.",
        "run": "Run everything in this one process, on an embedded database where none is named.",
        "sandbox": "Run a SmartAdvocate to try things on; its own options: `casebridge sandbox --help`.",
        "migrate": "Bring the database to this version.",
        "doctor": "Check what this installation needs: settings, database, migrations, row-level security, "
        "broker.",
        "intake": "Record upstream events from RabbitMQ.",
        "schedule": "Start timed jobs and publish the outbox.",
        "work": "Work off jobs.",
        "web": "Serve the pages, the HTTP API, health and metrics.",
        "processes": "List the processes of the service: which live, when each was seen, and what it has in "
        "hand.",
    },
    "A firm, from its first day": {
        "firms": "Firms and their settings.",
        "connect": "Connect a firm to its SmartAdvocate: by user name and password, or by a link to allow "
        "access.",
        "permissions": "Show what the connected account may do, and what to ask SmartAdvocate's "
        "administrator for.",
        "verify": "Try 2 to 5 test cases before the firm goes live.",
        "verifications": "Verifications that were made.",
        "checklist": "Show what a firm still needs before everything flows.",
        "mapping": "Where fields come from, practice areas and stages, how closed is said.",
        "profile": "What is particular to a firm's SmartAdvocate.",
        "disconnect": "End a firm's connection: its token is revoked, deliveries wait, its data stays.",
    },
    "Cases": {
        "sync": "Start a sync by hand.",
        "runs": "Runs of the case sync.",
        "import": "Import or update one case, named by its id or by the address of its SmartAdvocate page.",
        "cases": "Cases as they came over.",
    },
    "Messages and documents": {
        "deliveries": "Messages and documents on their way.",
        "bulk": "Replay or give up everything that matches.",
        "events": "Upstream events.",
    },
    "What needs somebody": {
        "issues": "Problems for a person.",
        "notifications": "Who gets e-mail about a firm.",
    },
    "People, keys and who did what": {
        "sign-in-link": "Print a link that signs somebody in, once, within half an hour.",
        "people": "Who may sign in at the identity provider, where its claims do not say it.",
        "api-keys": "Keys of programs that use the HTTP API.",
        "keys": "The keys that encrypt passwords and tokens.",
        "audit": "What people changed.",
    },
}
_WHAT: Final = {name: what for section in SECTIONS.values() for name, what in section.items()}
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

    def sections(self) -> Mapping[str, Iterable[str]]:
        """Return the names of its commands by section; those of none stand behind."""
        return {}


class RootGroup(ListedGroup, QuickGroup):
    """`casebridge` itself."""

    def sections(self) -> Mapping[str, Iterable[str]]:
        """Return the names of all commands by section."""
        return SECTIONS


def add_group(app: typer.Typer, name: str) -> typer.Typer:
    """Add a group of commands, which stands in a section, and return it."""
    group = typer.Typer(cls=ListedGroup, help=_WHAT[name], no_args_is_help=True)
    app.add_typer(group, name=name)
    return group


def add_names(app: typer.Typer) -> None:
    """Add what `casebridge --help` shows, and nothing that could be run."""
    for name, what in _WHAT.items():
        app.command(name, help=what)(_nothing)


def _nothing() -> None:
    raise AssertionError("whoever names a command has it loaded")
