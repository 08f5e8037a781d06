"""Plans, and which tables they read from end to end."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, LiteralString

import psycopg

BOUNDED: Final[Mapping[str, str]] = {
    "schema_migrations": "a row a migration",
    "slots": "a week of the timetable",
    "processes": "those alive, and those that ended lately",
    "rounds": "starts of the last nights",
    "removals": "a row a table that is cleaned",
    "cells": "cells",
    "firm_moves": "firms that move, or moved",
    "sign_in_tries": "addresses of the last minutes",
    "unexpected_errors": "a row a place in the code",
    "parked_jobs": "jobs that wait for a seat at this moment",
    "hand_seats": "commands that people run at this moment",
    "stray_ids": "what workers wrote that had stood still, until it is known whose it is",
    "connect_states": "consents under way",
    "connect_links": "of an earlier release; empty",
    "connect_sessions": "of an earlier release; empty",
    "sign_in_links": "those of the last half hour",
}
"""Tables that do not grow, and what is in them. All others do: one that a migration adds, too."""


_POLICY: Final = re.compile(r"\(?(\$\d|InitPlan)")  # what it reads once a statement


def plan_of(
    connection: psycopg.Connection[Any],
    statement: LiteralString,
    values: Mapping[str, Any],
    *,
    run: bool = False,
) -> dict[str, Any]:
    """Return the plan that psycopg's statements get with these values; with `run`, as it was carried out."""
    how: LiteralString = "explain (analyze, buffers, format json) " if run else "explain (format json) "
    row = connection.execute(how + statement, values).fetchone()
    assert row is not None
    plan: dict[str, Any] = row[0][0]["Plan"]
    return plan


def read_whole(
    plan: Mapping[str, Any], partial: Mapping[str, bool], *, sees_all: bool = False
) -> Iterator[str]:
    """Give what the plan reads from end to end of growing tables, as "table by index".

    A walk along an index that ends with a page is none, unless it passes rows over on its way. `partial` says
    of each index, by name, whether it holds a part of its table only, as one of what waits does. `sees_all`:
    what row-level security asks of each row passes none over.
    """
    yield from _whole(plan, partial, ends=False, sees_all=sees_all)


def _whole(
    node: Mapping[str, Any], partial: Mapping[str, bool], *, ends: bool, sees_all: bool
) -> Iterator[str]:
    kind = node["Node Type"]
    table = node.get("Relation Name", "")
    if kind == "Seq Scan" and table not in BOUNDED and not table.startswith("pg_"):
        yield table
    passes_over = "Filter" in node and not (sees_all and _POLICY.search(node["Filter"]))
    if kind in {"Index Scan", "Index Only Scan", "Bitmap Index Scan"} and "Index Cond" not in node:
        index = node["Index Name"]
        if not partial.get(index, True) and (not ends or passes_over):
            yield f"{table} by {index}".strip()
    # What is sorted, grouped or hashed is read to its end first; a join may find nothing for any of them.
    keeps_all = kind in {"LockRows", "Result", "Subquery Scan"} or node.get("Join Type") == "Left"
    goes_on = keeps_all and not passes_over and kind != "Hash Join"
    ends = kind == "Limit" or (ends and goes_on)
    for below in node.get("Plans", ()):
        yield from _whole(below, partial, ends=ends, sees_all=sees_all)


def is_partial(connection: psycopg.Connection[Any]) -> Mapping[str, bool]:
    """Tell of each index, by name, whether it holds a part of its table only; those of bounded tables do."""
    rows = connection.execute(
        """
        select indexrelid::regclass::text, indpred is not null or indrelid::regclass::text = any(%s)
        from pg_index join pg_class on pg_class.oid = indrelid
        where relnamespace = current_schema()::regnamespace
        """,
        [list(BOUNDED)],
    ).fetchall()
    return dict(rows)


def asks_nothing(plan: Mapping[str, Any]) -> bool:
    """Tell whether the planner saw that no row can be found: with such values a plan shows nothing."""
    return plan.get("One-Time Filter") == "false" or any(
        asks_nothing(below) for below in plan.get("Plans", ())
    )
