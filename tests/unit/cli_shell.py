"""The command line on fakes: what a command prints, and how it ends."""

import contextlib
import fcntl
import json
import os
import pty
import struct
import sys
import termios
import threading
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import typer
from typer.testing import CliRunner

from adapters.cli.app import build
from adapters.cli.cli import Cli, Processes
from bootstrap.command_line import command_line
from core.actor import ALL_FIRMS, Actor, Role
from core.desk import Desk
from tests.fakes.service import FakeService

_END = b"\x00"  # no command prints it

MANAGER = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)


class Shell:
    """Runs commands against a service on fakes. `wrong` is what went to standard error, `output` is both."""

    def __init__(self, service: FakeService | None = None, processes: Processes | None = None) -> None:
        self.service = service or FakeService()
        self.actor = MANAGER
        self.processes = processes
        self.wrong = self.output = ""

    def desk(self) -> Desk:
        """What its commands ask."""
        return self.service.desk

    def __call__(self, *arguments: str, code: int | None = 0, answer: str | None = None) -> str:
        """Return what the command prints to standard output; it ends with `code`, if that is given."""
        with CliRunner().isolation(answer) as printed:
            ended = self._run(arguments)
            sys.stdout.flush()
            sys.stderr.flush()
            told, self.wrong, self.output = (text.getvalue().decode() for text in printed)
        assert code in (None, ended), self.output
        return told

    def _run(self, arguments: Sequence[str]) -> object:
        """Return the exit code."""
        seat, command = commands()
        seat.shell = self
        if self.processes is not None:
            command = _tree(Cli(seat.desk, seat.actor, self.processes))
        try:
            command(arguments)
        except SystemExit as end:
            return end.code or 0
        return 0

    def json(self, *arguments: str, code: int = 0) -> Any:
        """Return the one JSON document that it prints."""
        return json.loads(self(*arguments, "--json", code=code))

    def at_terminal(self, width: int, *arguments: str) -> list[str]:
        """Return the lines that it prints at a real terminal of so many cells."""

        return on_terminal(width, lambda: self._run(arguments))

    def fails(self, *arguments: str, code: int = 2) -> str:
        """Return what it says of its failure, which is no traceback."""
        self(*arguments, code=code)
        assert "Traceback" not in self.wrong
        return self.wrong


class _Seat:
    """Who sits at the one command line: the shell that ran last."""

    shell: Shell

    def desk(self) -> Desk:
        return self.shell.desk()

    def actor(self) -> Actor:
        return self.shell.actor


@cache
def commands() -> tuple[_Seat, Callable[[Sequence[str]], object]]:
    """Return the tree of commands around a seat; it takes long to build, so that all shells share it."""
    seat = _Seat()
    return seat, _tree(Cli(seat.desk, seat.actor, command_line().processes))


def _tree(cli: Cli) -> Callable[[Sequence[str]], object]:
    return partial(typer.main.get_command(build(cli)).main, prog_name="casebridge")


def on_terminal(width: int, run: Callable[[], object]) -> list[str]:
    """Return the lines that `run` prints where standard output is a terminal of so many cells."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    printed = bytearray()

    def read() -> None:
        while not printed.endswith(_END):
            printed.extend(os.read(ours, 65_536))

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        try:
            with contextlib.redirect_stdout(terminal):
                run()
        finally:
            terminal.write(_END.decode())
            terminal.flush()
            reader.join()  # while the terminal is held: one that nobody holds may lose what was not read yet
    os.close(ours)
    return printed.removesuffix(_END).decode().replace("\r\n", "\n").splitlines()
