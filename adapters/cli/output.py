"""What commands print: tables for people, tabs for programs, JSON with `--json`, errors in one clear line."""

import json
import os
import select
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

import typer

from adapters.cli.table import indented, plain, shown, tabbed, table, wrapped
from core.errors import CasebridgeError, CaseNotFoundError, ConfigurationError, UnknownFirmError
from core.reason import Reason
from core.unexpected import error_chain

if TYPE_CHECKING:
    from rich.console import Console

FAILED: Final = 1
WRONG_USE: Final = 2
INTERRUPTED: Final = 130
UNREAD: Final = 141  # as a shell counts a program that SIGPIPE ended
_USUAL: Final = 80  # cells, where a terminal does not tell
_NARROWEST: Final = 20
_PLACES: Final = 4  # of an unexpected error, the innermost


def show(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    *,
    as_json: bool,
    empty: str,
    below: Sequence[str] = (),
    more: Sequence[str] = (),
    advice: tuple[str, str] | None = None,
    now: datetime | None = None,
    limit: int | None = None,
) -> None:
    """Print rows as one JSON array, or as lines of tabs where a program reads, or as a table for a person.

    A person sees `columns`, under each row what is in `below`, and times as told from `now`. A program gets
    those of `more`, too. `advice` names two further columns, a row's label and its next step: a person sees
    each step once, behind the table. `empty` is said where there is nothing to show. Beyond `limit` rows are
    left out, which is said on standard error: ask for one more than are to be shown.
    """
    if limit is not None and len(rows) > limit:
        rows = rows[:limit]
        _say(f"these are the first {limit}, and there are more: --limit N shows N of them", sys.stderr)
    if as_json:
        print_json(list(rows))
        return
    width = terminal_width()
    if not rows:
        typer.echo(empty, err=width is None)  # a program gets the columns' names, and no row
    if width is None:
        steps = () if advice is None else advice[1:]
        for line in tabbed(rows, list(dict.fromkeys((*columns, *more, *below, *steps)))):
            typer.echo(line)
        return
    if not rows:
        return
    for line in table(rows, columns, below=below, width=width, now=now):
        typer.echo(line)
    if advice is not None:
        label, step = advice
        steps_of = dict.fromkeys((shown(row[label]), shown(row[step])) for row in rows if row[step])
        for number, (name, text) in enumerate(steps_of):
            if not number:
                typer.echo()
            for line in (*indented(f"{name}:", width, ""), *indented(text, width)):
                typer.echo(line)


def show_facts(facts: Mapping[str, Any], now: datetime | None = None) -> None:
    """Print a line for each fact that is known: its name, and its value as told from `now`."""
    width = terminal_width()
    room = max(map(len, facts), default=0) + 3
    for name, value in facts.items():
        if value is None:
            continue
        text = plain(value) if width is None else shown(value, now)
        lines = [text] if width is None else wrapped(text, width - room)
        for number, line in enumerate(lines):
            typer.echo(f"{'' if number else name + ':':<{room}}{line}".rstrip())


def say(text: str) -> None:
    """Print a text for people: at a terminal in lines that break between words, each behind its blanks.

    Signs that change the terminal are left out: names are chosen by others.
    """
    _say(text, sys.stdout)


def _say(text: str, stream: TextIO) -> None:
    width = terminal_width(stream)
    for line in text.split("\n"):
        blanks = line[: len(line) - len(line.lstrip(" "))]
        for part in [plain(line)] if width is None else indented(plain(line), width, blanks):
            print(part, file=stream)


def console_of(stream: TextIO) -> "Console":
    """Return what draws and moves on a terminal, and on nothing else, whatever FORCE_COLOR says."""
    from rich.console import Console  # loaded by who draws

    return Console(file=stream, force_terminal=stream.isatty())


def terminal_width(stream: TextIO | None = None) -> int | None:
    """Return how many cells a line of the terminal has; None where no person reads it.

    `stream` is standard output unless it is said.
    """
    stream = stream or sys.stdout
    if not stream.isatty():
        return None
    try:
        width = os.get_terminal_size(stream.fileno()).columns
    except OSError:
        width = 0
    return max(width, _NARROWEST) if width else _USUAL


def columns_of(items: Sequence[object], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return rows for `show` from objects that have these attributes."""
    return [{name: getattr(item, name) for name in columns} for item in items]


def tell(data: Mapping[str, Any], sentence: str, *, as_json: bool) -> None:
    """Say what came of a command: as data or in words."""
    print_json(data) if as_json else say(sentence)


def write_file(path: Path, pieces: Iterable[str]) -> int:
    """Write the pieces and return their number. Raises ConfigurationError naming the file."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            return sum(1 for piece in pieces if file.write(piece))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None


def print_json(data: object) -> None:
    """Print one JSON document on one line."""
    typer.echo(json.dumps(data, default=_as_text, ensure_ascii=False))


def _as_text(value: object) -> str:
    """Return what JSON has no form for: an instant as RFC 3339 writes it, in UTC; all else as it says."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn errors into one line and the exit code: 1 failed, 2 wrong use, such as a name of nothing."""
    try:
        yield
    except (ConfigurationError, UnknownFirmError, CaseNotFoundError) as error:
        fail(_in_words(error), WRONG_USE)
    except CasebridgeError as error:
        fail(_in_words(error), WRONG_USE if error.reason is Reason.MAIL_ADDRESS_INVALID else FAILED)
    except KeyboardInterrupt:
        fail("stopped", INTERRUPTED)
    except Exception as error:  # its words may quote what a client wrote, or a password
        if type(error).__module__.partition(".")[0] in {"typer", "click"}:
            raise  # how commands end
        if isinstance(error, BrokenPipeError) and _reader_is_gone():
            raise typer.Exit(UNREAD) from None
        fail(f"{unexpected(error)}. Please report this line", FAILED)


def _reader_is_gone() -> bool:
    """Tell whether who read standard output has had enough (`casebridge … | head`): then nothing is said."""
    look = select.poll()
    look.register(sys.stdout.fileno(), select.POLLOUT)
    if not any(what & (select.POLLERR | select.POLLHUP) for _, what in look.poll(0)):
        return False
    with Path(os.devnull).open("wb") as nowhere:  # what is left to be written goes there at exit
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    return True


def unexpected(error: Exception) -> str:
    """Describe an error that nobody foresaw: its type, and the places it came through, without its words."""
    link = error_chain(error)[0]
    places = " < ".join(frame.rpartition("/")[2] for frame in reversed(link["frames"][-_PLACES:]))
    return f"an unexpected {link['type']} at {places}"


def _in_words(error: CasebridgeError) -> str:
    from adapters.cli.words import sentence  # loaded by what failed

    return sentence(error)


def fail(message: str, code: int) -> None:
    """Say it on stderr, and end with this exit code."""
    _say(f"casebridge: {message}", sys.stderr)
    raise typer.Exit(code)
