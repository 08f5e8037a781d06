"""What `--help` shows: each command in a place, with whole sentences, and each word explained."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from adapters.cli.app import build
from adapters.cli.groups import SECTIONS
from bootstrap.command_line import command_line
from tests.unit.cli_shell import Shell

_ROOT: Any = typer.main.get_command(build(command_line()))


def tree(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the words of each command and group below one, and what stands there."""
    yield words, command
    for name, below in getattr(command, "commands", {}).items():
        yield from tree(below, (*words, name))


def test_each_command_stands_in_one_section() -> None:
    placed = [name for section in SECTIONS.values() for name in section]
    assert sorted(placed) == sorted(_ROOT.commands)


@pytest.mark.parametrize(
    "words", [words for words, command in tree(_ROOT) if hasattr(command, "commands")], ids=" ".join
)
def test_lists_of_commands_have_whole_sentences_within_80_columns(words: tuple[str, ...]) -> None:
    shown = Shell().at_terminal(80, *words, "--help")
    assert not [line for line in shown if line.endswith("...") and "[ARGS]" not in line]
    assert max(map(len, shown)) <= 80


def test_every_argument_and_option_says_what_it_is() -> None:
    silent = [
        (" ".join(words), parameter.name)
        for words, command in tree(_ROOT)
        for parameter in command.params
        if not getattr(parameter, "help", None)
    ]
    assert not silent


def test_every_command_says_what_it_does() -> None:
    assert not [" ".join(words) for words, command in tree(_ROOT) if not command.help]
