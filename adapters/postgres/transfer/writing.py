"""Write a firm's rows into a file: of one instant, table after table, as COPY gives them."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import psycopg

from adapters.postgres.store.statements import Statements
from adapters.postgres.tokens.connections import TOKEN
from adapters.postgres.tokens.vault import Sealed, Vault
from adapters.postgres.transfer.cell import known_cells, must_be_a_cell
from adapters.postgres.transfer.frames import FrameWriter, Kind
from adapters.postgres.transfer.tables import SQL as TABLES
from adapters.postgres.transfer.tables import Table, of_firm
from core.bulk import STOPPABLE
from core.move import FirmFile, Move
from core.pause import Pause

_SQL: Final = Statements(Path(__file__).with_name("firm_files.sql"))
_WHO_STAYS: Final = {"person": "person", "api_key": "API key", "bulk_operation": "bulk operation"}


def schema_of(connection: psycopg.Connection[Any]) -> str:
    """Return what tells whether two databases have the same tables: the digest of their migrations."""
    row = connection.execute(TABLES["migrations"]).fetchone()
    return hashlib.sha256(str(row[0] if row else "").encode()).hexdigest()


def say_head(frames: FrameWriter, connection: psycopg.Connection[Any], move: Move, *, is_late: bool) -> int:
    """Write whose file it is, and what its reader must know. Return the cell's number."""
    own = must_be_a_cell(connection)
    cells = [vars_of(cell.number, cell.identity, cell.is_early) for cell in known_cells(connection)]
    sequences = {name: last for name, last, _ in connection.execute(TABLES["sequences"])}
    head = {
        "firm_id": move.firm_id,
        "is_late": is_late,
        "schema": schema_of(connection),
        "cell": own.number,
        "cells": cells,
        "sequences": sequences,
        "digest": move.digest.hex(),
        "before": _pause(move.before),
    }
    frames.say(Kind.HEAD, head)
    return own.number


def vars_of(number: int, identity: str, is_early: bool) -> dict[str, Any]:
    """Return a cell as the file holds it."""
    return {"number": number, "identity": identity, "is_early": is_early}


def write_tables(
    frames: FrameWriter, connection: psycopg.Connection[Any], firm_id: str, tables: Sequence[Table]
) -> dict[str, int]:
    """Write the rows. Return how many of each table; those without any are left out."""
    asked = of_firm(firm_id)
    counts: dict[str, int] = {}
    for table in tables:
        frames.begin_table(table.name, list(table.columns))
        with connection.cursor() as cursor:
            statement = b"copy (" + _bound(cursor, table, asked) + b") to stdout"
            with cursor.copy(statement) as copy:
                for row in copy:
                    frames.row(row)
            rows = cursor.rowcount
        frames.end_table(rows)
        if rows:
            counts[table.name] = rows
    return counts


def write_secrets(
    frames: FrameWriter, connection: psycopg.Connection[Any], firm_id: str, vault: Vault
) -> int:
    """Write what the firm logs in with, opened: the file's own encryption is around it. Return how many."""
    row = connection.execute(_SQL["secrets"], {"firm_id": firm_id}).fetchone()
    if row is None:
        frames.say(Kind.SECRETS, {})
        return 0
    opened = {"credentials": vault.open(Sealed(*row[:3]), firm_id)}
    if row[3] is not None:
        opened["token"] = vault.open(Sealed(*row[3:]), firm_id, TOKEN)
    frames.say(Kind.SECRETS, {name: base64.b64encode(plain).decode() for name, plain in opened.items()})
    return len(opened)


def stays_of(connection: psycopg.Connection[Any], firm_id: str) -> tuple[str, ...]:
    """Return who or what reaches the firm among others, and so does not move with it, in words."""
    asked = {"firm_id": firm_id, "stoppable": list(STOPPABLE), **_WHO_STAYS}
    rows = connection.execute(TABLES["stays"], asked).fetchall()
    return tuple(f"{what} {name!r}" for what, name in rows)


def written(
    frames: FrameWriter,
    move: Move,
    cell: int,
    counts: dict[str, int],
    *,
    secrets: int,
    stays: tuple[str, ...],
) -> FirmFile:
    """Write the end, and return what the file holds."""
    frames.say(Kind.END, {"rows": counts})
    return FirmFile(move.firm_id, cell, counts, secrets, stays)


def pause_from(members: dict[str, Any] | None) -> Pause | None:
    """Read a pause from a file's head."""
    if members is None:
        return None
    return Pause(datetime.fromisoformat(members["until"]), by=members["by"], why=members["why"])


def _pause(pause: Pause | None) -> dict[str, Any] | None:
    # What SmartAdvocate asked for it asks for again; a person's wish is remembered.
    if pause is None or not pause.by:
        return None
    return {"until": pause.until.isoformat(), "by": pause.by, "why": pause.why}


def _bound(cursor: psycopg.Cursor[Any], table: Table, asked: dict[str, Any]) -> bytes:
    """Return the statement with its values in it: COPY takes no parameters."""
    client = psycopg.ClientCursor(cursor.connection)
    return client.mogrify(table.rows(), asked).encode()
