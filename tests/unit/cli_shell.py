"""The command line on fakes: what a command prints, and how it ends."""

import json
from typing import Any

from typer.testing import CliRunner

from adapters.cli.app import build
from adapters.cli.cli import Cli
from bootstrap.command_line import command_line
from core.actor import ALL_FIRMS, Actor, Role
from tests.fakes.service import FakeService

MANAGER = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)


class Shell:
    """Runs commands against a service on fakes. `wrong` is what went to standard error."""

    def __init__(self, service: FakeService | None = None) -> None:
        self.service = service or FakeService()
        self.actor = MANAGER
        self.wrong = ""
        self.app = build(Cli(lambda: self.service.desk, lambda: self.actor, command_line().processes))

    def __call__(self, *arguments: str, code: int = 0, answer: str | None = None) -> str:
        """Return what the command prints to standard output; it ends with `code`."""
        result = CliRunner().invoke(self.app, arguments, input=answer)
        self.wrong = result.stderr
        assert result.exit_code == code, result.output
        return result.stdout

    def json(self, *arguments: str, code: int = 0) -> Any:
        """Return the one JSON document that it prints."""
        return json.loads(self(*arguments, "--json", code=code))

    def fails(self, *arguments: str, code: int = 2) -> str:
        """Return what it says of its failure, which is no traceback."""
        self(*arguments, code=code)
        assert "Traceback" not in self.wrong
        return self.wrong
