"""No command takes a text with what nobody sees and nothing can store."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from adapters.cli.app import build
from adapters.cli.cli import Cli
from bootstrap.command_line import command_line
from core.actor import SYSTEM
from core.desk import Desk
from tests.unit.cli_shell import Shell


def _leaves(group: TyperGroup, ctx: typer.Context) -> Iterator[Any]:
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if isinstance(command, TyperGroup):
            yield from _leaves(command, ctx)
        else:
            yield command


def test_every_text_of_every_command_is_refused_with_a_control_character(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def no_desk() -> Desk:
        raise AssertionError("nothing is asked for")

    app = typer.main.get_command(build(Cli(no_desk, lambda: SYSTEM, command_line().processes)))
    assert isinstance(app, TyperGroup)
    tried = 0
    for command in _leaves(app, typer.Context(app)):
        for param in command.params:
            for value in ("a\x00b", ["fine", "caf\udce9"]):
                ctx = typer.Context(command)
                ctx.params = {param.name: value}
                with pytest.raises(typer.Exit) as ended:
                    command.invoke(ctx)
                assert ended.value.exit_code == 2, command.name
                assert "holds a control character, U+" in capsys.readouterr().err
                tried += 1
    assert tried > 200


@pytest.mark.parametrize(
    ("words", "called"),
    [
        (("firms", "show", "no\x00rth"), "FIRM"),
        (("runs", "exceptions", "north", "--day", "2026\x1b[31m"), "--day"),
        (("verify", "north", "300401", "30\x7f0402"), "URL-OR-ID…"),
    ],
)
def test_it_is_said_which_one(words: tuple[str, ...], called: str) -> None:
    assert Shell().fails(*words).startswith(f"casebridge: {called} holds a control character, U+")


def test_a_reason_may_have_several_lines() -> None:
    shell = Shell()
    assert "control character" not in shell.fails("firms", "pause", "nowhere", "--reason", "one\ntwo\tthree")
