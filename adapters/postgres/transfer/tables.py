"""Which tables a firm's rows are in, in an order in which they can be written.

The catalogue tells it: every table with a firm_id, and every one that refers to such a table. A new table is
so moved by itself. One that has neither must stand here, or a test fails.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

from adapters.postgres.store.statements import Statements
from core.event import spellings_of_firm
from core.reason import Reason

SQL: Final = Statements.beside(__file__)
STAYS_HERE: Final[Mapping[str, str]] = {
    "answers": "a sender's key stands for a request of a day ago at most, and for no firm",
    "cells": "the cell's own",
    "connect_links": "of releases before; good for minutes",
    "connect_sessions": "of releases before; good for minutes",
    "connect_states": "consents under way, for ten minutes, in a browser that is at this cell's address",
    "firm_moves": "the cell's own: each has its side of a move",
    "hand_seats": "commands that are at work here",
    "jobs": "work that this cell's broker was told of",
    "parked_jobs": "as jobs",
    "processes": "the cell's own",
    "removals": "how far removal has come here",
    "request_slots": "a second's worth of requests",
    "rounds": "how far this cell's rounds over its firms have come",
    "schema_migrations": "the cell's own",
    "sessions": "browsers that are signed in at this cell's address",
    "sign_in_links": "as sessions",
    "sign_in_tries": "of strangers, at this cell's address",
    "slots": "the cell's own timetable",
    "unexpected_errors": "the cell's own",
}
"""Tables that are in no file, and why."""
_OTHERWISE: Final[Mapping[str, str]] = {
    "api_keys": "api_keys_where_of_the_firm_alone",
    "bulk_operations": "bulk_operations_where_of_the_firm_alone",
    "outbox": "outbox_where_announced",
    "people": "people_where_of_the_firm_alone",
    "rejected_events": "rejected_events_where_of_the_firm",
}
MERGED: Final = frozenset({"api_keys", "audit_log", "bulk_operations", "people", "rejected_events"})
"""Tables of which rows may be here already: what the firm left behind, or others brought."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table, the columns that can be written, and the condition that finds a firm's rows.

    The condition has the parameters that `of_firm` gives.
    """

    name: str
    columns: Sequence[str]
    condition: sql.Composable

    def rows(self) -> sql.Composed:
        """Return the statement that selects a firm's rows."""
        return sql.SQL("select {} from {} where {}").format(
            named(self.columns), sql.Identifier(self.name), self.condition
        )


@dataclass(frozen=True, slots=True)
class Reference:
    """Columns of a table that point to another's row."""

    child: str
    parent: str
    columns: Sequence[str]
    keys: Sequence[str]


def of_firm(firm_id: str) -> dict[str, Any]:
    """Return the parameters of tables' conditions."""
    moved = Reason.FIRM_MOVED.value
    return {"firm_id": firm_id, "spellings": spellings_of_firm(firm_id), "firm_moved": moved}


def firm_tables(connection: psycopg.Connection[Any]) -> Sequence[Table]:
    """Return the tables of a firm, each behind those that it refers to."""
    columns = {name: (names, has) for name, names, has in connection.execute(SQL["columns"])}
    references = [Reference(*row) for row in connection.execute(SQL["references"])]
    found: dict[str, Table] = {}
    left = set(columns) - STAYS_HERE.keys()
    while left:
        ready = [name for name in sorted(left) if not _parents(name, references) & left]
        for name in ready or sorted(left):  # those that refer to each other in a circle come as they are
            condition = _condition(name, columns[name][1], references, found)
            if condition is not None:
                found[name] = Table(name, columns[name][0], condition)
            left.discard(name)
    return list(found.values())


def untold(connection: psycopg.Connection[Any]) -> Sequence[str]:
    """Return the tables of which nobody has said whether they move with a firm."""
    moved = {table.name for table in firm_tables(connection)}
    return [name for name, *_ in connection.execute(SQL["columns"]) if name not in moved | STAYS_HERE.keys()]


def late_events(connection: psycopg.Connection[Any]) -> Table:
    """Return the events that came for a firm after it had left."""
    [columns] = [names for name, names, _ in connection.execute(SQL["columns"]) if name == "rejected_events"]
    return Table("rejected_events", columns, sql.SQL(SQL["rejected_events_where_late"]))


def named(columns: Sequence[str]) -> sql.Composed:
    """Return a list of columns."""
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _parents(name: str, references: Sequence[Reference]) -> set[str]:
    return {reference.parent for reference in references if reference.child == name} - {name}


def _condition(
    name: str,
    has_firm: bool,
    references: Sequence[Reference],
    found: Mapping[str, Table],
) -> sql.Composable | None:
    if name in _OTHERWISE:
        return sql.SQL(SQL[_OTHERWISE[name]])
    if has_firm:
        return sql.SQL("firm_id = %(firm_id)s")
    reached = [each for each in references if each.child == name and each.parent in found]
    if not reached:
        return None
    first = reached[0]
    return sql.SQL("({}) in (select {} from {} where {})").format(
        named(first.columns), named(first.keys), sql.Identifier(first.parent), found[first.parent].condition
    )
