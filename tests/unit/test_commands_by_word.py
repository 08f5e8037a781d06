"""A command is built without the others, and is the same as beside them."""

from typing import Any, Final

import pytest
import typer
from typer.testing import CliRunner

from adapters.cli.app import MODULES, build
from bootstrap.command_line import command_line

WORDS: Final = [word for words in MODULES.values() for word in words]


def built(first_word: str | None = None) -> dict[str, Any]:
    """Return the commands that are built, by their first word."""
    root: Any = typer.main.get_command(build(command_line(), first_word))
    return dict(root.commands)


def told(command: Any) -> Any:
    """Return what a person sees of a command and of those below it."""
    own = (command.name, command.help, [(param.opts, param.secondary_opts) for param in command.params])
    return own, {name: told(below) for name, below in getattr(command, "commands", {}).items()}


@pytest.mark.parametrize("word", WORDS)
def test_a_word_of_a_command_builds_its_module_alone(word: str) -> None:
    [words] = [words for words in MODULES.values() if word in words]
    assert sorted(built(word)) == sorted(words)


def test_a_command_is_the_same_beside_the_others_and_every_command_has_its_word() -> None:
    everything = built()
    assert sorted(everything) == sorted(WORDS)
    for words in MODULES.values():
        for word, command in built(words[0]).items():
            assert told(command) == told(everything[word])


@pytest.mark.parametrize("word", ["", "--help"])
def test_the_list_of_all_commands_is_shown_without_building_one(word: str) -> None:
    arguments = [word] if word else []
    listed = CliRunner().invoke(build(command_line(), word), arguments)
    assert listed.output == CliRunner().invoke(build(command_line()), arguments).output
    assert all(f"\n  {name} " in listed.output for name in WORDS)
    assert not [param for command in built(word).values() for param in command.params]


def test_the_list_says_of_a_command_what_its_own_help_begins_with() -> None:
    for name, command in built().items():
        assert built("--help")[name].get_short_help_str(1_000) == command.get_short_help_str(1_000)


@pytest.mark.parametrize("word", [None, "--", "firm", "typo"])
def test_any_other_word_builds_them_all(word: str | None) -> None:
    assert sorted(built(word)) == sorted(WORDS)
