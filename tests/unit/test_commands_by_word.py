"""A command is built without the others, and is the same as beside them."""

from typing import Any, Final

import pytest
import typer

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


@pytest.mark.parametrize("word", [None, "--help", "firm", "typo"])
def test_any_other_word_builds_them_all(word: str | None) -> None:
    assert sorted(built(word)) == sorted(WORDS)
