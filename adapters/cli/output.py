"""What commands print: tables for people, JSON with `--json`, errors in one clear line."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import typer

from core.errors import CasebridgeError, CaseNotFoundError, ConfigurationError, UnknownFirmError

FAILED: Final = 1
WRONG_USE: Final = 2


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, empty: str) -> None:
    """Print rows as a table, or as one JSON array. `empty` is said where there is nothing to show."""
    if as_json:
        print_json(list(rows))
        return
    if not rows:
        typer.echo(empty)
        return
    from rich.console import Console  # loaded by who prints a table: it takes longer than most commands
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*("" if row[column] is None else str(row[column]) for column in columns))
    Console().print(table)


def columns_of(items: Sequence[object], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return rows for `show` from objects that have these attributes."""
    return [{name: getattr(item, name) for name in columns} for item in items]


def tell(data: Mapping[str, Any], sentence: str, *, as_json: bool) -> None:
    """Say what came of a command: as data or in words."""
    print_json(data) if as_json else typer.echo(sentence)


def write_file(path: Path, pieces: Iterable[str]) -> int:
    """Write the pieces and return their number. Raises ConfigurationError naming the file."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            return sum(1 for piece in pieces if file.write(piece))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None


def print_json(data: object) -> None:
    """Print one JSON document on one line."""
    typer.echo(json.dumps(data, default=str, ensure_ascii=False))


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn errors into one line and the exit code: 1 failed, 2 wrong use, such as a name of nothing."""
    try:
        yield
    except (ConfigurationError, UnknownFirmError, CaseNotFoundError) as error:
        _fail(_in_words(error), WRONG_USE)
    except CasebridgeError as error:
        _fail(_in_words(error), FAILED)
    except KeyboardInterrupt:
        _fail("stopped", 130)


def _in_words(error: CasebridgeError) -> str:
    from adapters.cli.words import sentence  # loaded by what failed

    return sentence(error)


def _fail(message: str, code: int) -> None:
    print(f"casebridge: {message}", file=sys.stderr)  # noqa: T201
    raise typer.Exit(code)
