"""Commands about a firm's SmartAdvocate profile: show, set, diff, export."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from adapters.cli.cli import Cli
from adapters.cli.groups import add_group
from adapters.cli.options import FirmId, Json, json_file, pairs
from adapters.cli.output import say, show, tell, told_plainly, write_file
from core.errors import ConfigurationError

_EXAMPLE: Final = "zone=America/New_York"

if TYPE_CHECKING:
    from core.usecases.change_settings import Saved

_Changes = Annotated[
    list[str],
    typer.Argument(metavar="FILE|KEY=VALUE…", help="A JSON file as `export` writes it, or keys to change."),
]


def add(app: typer.Typer, cli: Cli) -> None:
    """Add the commands."""
    profile = add_group(app, "profile")

    @profile.command("show")
    def show_profile(firm_id: FirmId, as_json: Json = False) -> None:
        """Show every key with the value in force, what it means, and an example."""
        with told_plainly():
            rows = [
                {
                    "key": value.key.name,
                    "value": value.value,
                    "own": value.is_own,
                    "default": value.key.default,
                    "what": value.key.what,
                    "example": value.key.example,
                }
                for value in cli.desk().profiles.show(cli.actor(), firm_id)
            ]
            columns, below = ["key", "value", "own"], ["what"]
            show(rows, columns, below=below, more=["default", "example"], as_json=as_json, empty="")

    @profile.command("set")
    def set_profile(
        firm_id: FirmId,
        changes: _Changes,
        anyway: Annotated[
            bool, typer.Option("--anyway", help="Save it though cases would come over no longer.")
        ] = False,
        as_json: Json = False,
    ) -> None:
        """Save a profile: a whole one from a file, or single keys; `KEY=default` takes one out.

        It is checked, and tried on real cases. For implementation managers only.
        """
        from adapters.cli.mapping import trial_data, trial_in_words

        with told_plainly():
            new = _wanted(cli, firm_id, changes)
            saved: Saved = cli.desk().change_settings.profile(cli.actor(), firm_id, new, anyway=anyway)
            version = saved.firm.settings_version
            data = {"firm_id": firm_id, "changed": saved.changed, "version": version}
            words = f"saved as version {version}" if saved.changed else "nothing differs from what is saved"
            tell({**data, "trial": trial_data(saved)}, words, as_json=as_json)
            if not as_json and saved.changed and (text := trial_in_words(saved)):
                say(text)

    @profile.command("diff")
    def diff(
        firm_id: FirmId,
        changes: Annotated[
            list[str] | None, typer.Argument(metavar="[FILE|KEY=VALUE…]", help="What `set` would be given.")
        ] = None,
        as_json: Json = False,
    ) -> None:
        """Show what `set` would change; without more, what differs from the defaults. Nothing is saved."""
        with told_plainly():
            new = _wanted(cli, firm_id, changes) if changes else None
            found = cli.desk().profiles.compare(cli.actor(), firm_id, new)
            rows = [{"key": key, "change": change} for key, change in found.items()]
            show(rows, ["key", "change"], as_json=as_json, empty="nothing differs")

    @profile.command("export")
    def export(
        firm_id: FirmId,
        output: Annotated[
            Path | None, typer.Option(help="Write to this file; without it, to the terminal.")
        ] = None,
    ) -> None:
        """Print the firm's own profile as JSON, as `set` takes it."""
        with told_plainly():
            text = json.dumps(cli.desk().profiles.export(cli.actor(), firm_id), ensure_ascii=False, indent=2)
            if output is None:
                typer.echo(text)
                return
            write_file(output, [f"{text}\n"])
            typer.echo(f"the profile of {firm_id} is in {output}")


def _wanted(cli: Cli, firm_id: str, changes: list[str]) -> Mapping[str, Any]:
    if len(changes) == 1 and "=" not in changes[0]:
        if not Path(changes[0]).exists():
            raise ConfigurationError(f"{changes[0]!r} is no file, and no KEY=VALUE such as {_EXAMPLE}")
        data = json_file(Path(changes[0]))
        if not isinstance(data, Mapping):
            raise ConfigurationError(
                f"{changes[0]} must hold an object, such as {{}} or what `export` prints"
            )
        return data
    return cli.desk().profiles.edited(cli.actor(), firm_id, pairs(changes, _EXAMPLE))
