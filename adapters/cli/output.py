"""What commands print: tables for people, JSON with `--json`, errors in one clear line."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import typer
from rich.console import Console
from rich.table import Table

from core.errors import CasebridgeError, ConfigurationError

DONE: Final = 0
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
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*("" if row[column] is None else str(row[column]) for column in columns))
    Console().print(table)


def columns_of(items: Sequence[object], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return rows for `show` from objects that have these attributes."""
    return [{name: getattr(item, name) for name in columns} for item in items]


def print_json(data: object) -> None:
    """Print one JSON document on one line."""
    typer.echo(json.dumps(data, default=str, ensure_ascii=False))


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn errors into one line and the exit code: 1 failed, 2 wrong use."""
    try:
        yield
    except ConfigurationError as error:
        _fail(str(error), WRONG_USE)
    except CasebridgeError as error:
        _fail(str(error), FAILED)
    except KeyboardInterrupt:
        _fail("stopped", 130)


def _fail(message: str, code: int) -> None:
    print(f"casebridge: {message}", file=sys.stderr)  # noqa: T201
    raise typer.Exit(code)
