"""The sandbox is no part of an installation: what needs it says so, and what to do."""

import importlib.util
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.cli.app import build
from bootstrap.command_line import command_line


@pytest.mark.parametrize("command", ["sandbox", "demo"])
def test_without_the_sandbox_a_command_says_in_one_line_where_to_get_it(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = importlib.util.find_spec

    def installed(name: str, *more: Any) -> Any:
        return None if name == "sandbox" else known(name, *more)

    monkeypatch.setattr(importlib.util, "find_spec", installed)
    result = CliRunner().invoke(build(command_line()), [command])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no sandbox" in result.stderr
    assert "make demo" in result.stderr
    assert result.stderr.count("\n") == 1
