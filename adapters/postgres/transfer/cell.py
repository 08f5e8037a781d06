"""A cell's number, in every id that its sequences give out (ADR 103).

The last three digits of an id are the number of the cell that gave it, so no two cells ever give the same.
Where a firm is brought in all sequences go on behind those of its old cell: ids of one firm never go back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

from adapters.postgres.store.address import straight
from adapters.postgres.store.statements import Statements
from adapters.postgres.transfer.tables import SQL as TABLES
from core.errors import ConfigurationError
from core.reason import Reason

STEP: Final = 1_000
"""Between two ids of a sequence: cells have the numbers 1 to 999."""
FIRST: Final = 1_000_000_000_000
"""Ids of cells begin behind this. Below are those that were given before there was a number; 2^53, which
readers of JSON can hold exactly, is 9,007 times as far."""
LAST: Final = 2**53 - 1
_LOCK: Final = 7_203_115_002  # any number, but the same in every release
_SQL: Final = Statements.beside(__file__)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its number, what tells its database from all others, and whether it gave ids before."""

    number: int
    identity: str
    is_early: bool


def number_cell(database_url: str, number: int) -> None:
    """Give the database its number, and see to sequences that have come since; 0: it has the one it had.

    Raises ConfigurationError for another number than before, and as `straight` does.
    """
    with straight(database_url, "casebridge-migrate") as connection:
        with connection.transaction():
            connection.execute(_SQL["lock"], {"key": _LOCK})
            own = own_cell(connection)
            if own is not None and number not in {0, own.number}:
                raise _other_number(own, number)
            if own is None:
                if not number:
                    return
                [[is_early]] = connection.execute(_SQL["has_given_ids"]).fetchall()
                connection.execute(_SQL["become"], {"number": number, "is_early": is_early})
            own = own_cell(connection)
        assert own is not None  # noqa: S101 - it was just stored
        for name, last, step in connection.execute(TABLES["sequences"]).fetchall():
            if step != STEP:
                go_behind(connection, own.number, name, last)


def check_cell(connection: psycopg.Connection[Any], number: int) -> None:
    """Raise ConfigurationError where the setting says another number than the database has."""
    own = own_cell(connection)
    if own is not None and number not in {0, own.number}:
        raise _other_number(own, number)
    if own is None and number:
        raise ConfigurationError(
            f"CASEBRIDGE_CELL is {number}, and the database has no number yet", reason=Reason.SCHEMA_BEHIND
        )


def own_cell(connection: psycopg.Connection[Any]) -> Cell | None:
    """Return the database's own cell, None where it has no number."""
    row = connection.execute(_SQL["own"]).fetchone()
    return Cell(*row) if row else None


def must_be_a_cell(connection: psycopg.Connection[Any]) -> Cell:
    """Return the database's own cell. Raises ConfigurationError where it has no number."""
    own = own_cell(connection)
    if own is None:
        raise ConfigurationError(
            "this cell has no number, and firms move between cells whose ids can be told apart",
            reason=Reason.CELLS_ALIKE,
        )
    return own


def known_cells(connection: psycopg.Connection[Any]) -> Sequence[Cell]:
    """Return all cells that this one has heard of."""
    return [Cell(*row) for row in connection.execute(_SQL["known"])]


def hear_of(connection: psycopg.Connection[Any], cells: Sequence[Cell]) -> None:
    """Remember cells. Raises ConfigurationError where two of one number, or two early ones, would be known.

    In the caller's transaction.
    """
    connection.execute(_SQL["lock"], {"key": _LOCK})
    known = {cell.number: cell for cell in known_cells(connection)}
    for cell in cells:
        before = known.setdefault(cell.number, cell)
        if before.identity != cell.identity:
            raise _alike(f"two databases have the number {cell.number}")
        connection.execute(
            _SQL["hear_of"],
            {"number": cell.number, "identity": cell.identity, "is_early": cell.is_early},
        )
    early = sorted(cell.number for cell in known.values() if cell.is_early)
    if len(early) > 1:
        numbers = " and ".join(map(str, early))
        raise _alike(f"the cells {numbers} both gave out ids before they had a number")


def go_on_behind(connection: psycopg.Connection[Any], cell: Cell, sequences: Mapping[str, int]) -> None:
    """Let all that is given out here from now on be higher than these. Outside a transaction.

    Who takes an id at this moment waits for some milliseconds.
    """
    for name, last, _ in connection.execute(TABLES["sequences"]).fetchall():
        if sequences.get(name, 0) >= last:
            go_behind(connection, cell.number, name, sequences[name])


def go_behind(connection: psycopg.Connection[Any], number: int, name: str, last: int) -> None:
    """Let a sequence go on behind `last` and behind all that it gave, with ids that end with the number."""
    sequence = sql.Identifier(name)
    with connection.transaction():
        # First, because it keeps others from taking one meanwhile.
        connection.execute(sql.SQL("alter sequence {} increment by {}").format(sequence, sql.Literal(STEP)))
        query = sql.SQL("select last_value, is_called from {}").format(sequence)
        [[value, is_called]] = connection.execute(query).fetchall()
        following = max(value + 1 if is_called else value, last + 1, FIRST)
        following += (number - following) % STEP
        connection.execute(
            sql.SQL("alter sequence {} restart with {}").format(sequence, sql.Literal(following))
        )


def _other_number(own: Cell, number: int) -> ConfigurationError:
    return ConfigurationError(
        f"CASEBRIDGE_CELL is {number}, and this database is cell {own.number}: the number is in the ids "
        "that it gave out, and never changes",
    )


def _alike(why: str) -> ConfigurationError:
    return ConfigurationError(f"{why}: one id could stand for two things", reason=Reason.CELLS_ALIKE)
