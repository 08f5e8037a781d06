"""The command line on fakes: what a command prints, and how it ends."""

import contextlib
import fcntl
import json
import os
import pty
import struct
import termios
import threading
from collections.abc import Callable
from typing import Any

from typer.testing import CliRunner

from adapters.cli.app import build
from adapters.cli.cli import Cli, Processes
from bootstrap.command_line import command_line
from core.actor import ALL_FIRMS, Actor, Role
from tests.fakes.service import FakeService

MANAGER = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)


class Shell:
    """Runs commands against a service on fakes. `wrong` is what went to standard error."""

    def __init__(self, service: FakeService | None = None, processes: Processes | None = None) -> None:
        self.service = service or FakeService()
        self.actor = MANAGER
        self.wrong = ""
        self.app = build(
            Cli(lambda: self.service.desk, lambda: self.actor, processes or command_line().processes)
        )

    def __call__(self, *arguments: str, code: int | None = 0, answer: str | None = None) -> str:
        """Return what the command prints to standard output; it ends with `code`, if that is given."""
        result = CliRunner().invoke(self.app, arguments, input=answer)
        self.wrong = result.stderr
        assert code in (None, result.exit_code), result.output
        return result.stdout

    def json(self, *arguments: str, code: int = 0) -> Any:
        """Return the one JSON document that it prints."""
        return json.loads(self(*arguments, "--json", code=code))

    def at_terminal(self, width: int, *arguments: str) -> list[str]:
        """Return the lines that it prints at a real terminal of so many cells."""

        def run() -> None:
            with contextlib.suppress(SystemExit):
                self.app(arguments, standalone_mode=True)

        return on_terminal(width, run)

    def fails(self, *arguments: str, code: int = 2) -> str:
        """Return what it says of its failure, which is no traceback."""
        self(*arguments, code=code)
        assert "Traceback" not in self.wrong
        return self.wrong


def on_terminal(width: int, run: Callable[[], None]) -> list[str]:
    """Return the lines that `run` prints where standard output is a terminal of so many cells."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    pieces: list[bytes] = []

    def read() -> None:
        with contextlib.suppress(OSError):  # the end of a terminal that nobody holds any more
            while piece := os.read(ours, 65_536):
                pieces.append(piece)

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal, contextlib.redirect_stdout(terminal):
        run()
        terminal.flush()
    reader.join()
    os.close(ours)
    return b"".join(pieces).decode().replace("\r\n", "\n").splitlines()
