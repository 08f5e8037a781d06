"""Messages that came for a firm before the firm itself: they waited under its id, and join what it brings.

None of them was ever sent from here. One that the firm's old cell knows as well is the old one's.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg
from psycopg import sql

from adapters.postgres.store.statements import Statements
from adapters.postgres.transfer.tables import Table, named
from core.delivery import DeliveryState
from core.issue import IssueKind
from core.reason import Reason

SQL: Final = Statements.beside(__file__)
_STAGES: Final = {"inbox": "early_inbox", "deliveries": "early_deliveries"}
_SET_ASIDE: Final = (
    "set_deliveries_aside",
    "set_inbox_aside",
    "clear_deliveries",
    "clear_inbox",
    "clear_lanes",
    "clear_issues",
)
_JOIN: Final = ("join_inbox", "forget_known", "join_lanes", "join_deliveries")
_WORDS: Final = {
    "held": DeliveryState.HELD.value,
    "firm_unknown": Reason.FIRM_UNKNOWN.value,
    "delivery_held": IssueKind.DELIVERY_HELD.value,
}


def set_early_aside(connection: psycopg.Connection[Any], firm_id: str, tables: Mapping[str, Table]) -> None:
    """Take what waits for a firm that is not known out of its way, until the transaction ends."""
    make_room(connection, tables)
    _run(connection, firm_id, tables, _SET_ASIDE)


def let_early_join(connection: psycopg.Connection[Any], firm_id: str, tables: Mapping[str, Table]) -> None:
    """Put it behind what the firm brought."""
    _run(connection, firm_id, tables, _JOIN)


def make_room(connection: psycopg.Connection[Any], tables: Mapping[str, Table]) -> None:
    """Make the tables that hold it meanwhile, until the transaction ends."""
    for table, stage in _STAGES.items():
        connection.execute(
            sql.SQL("create temporary table {} on commit drop as select {} from {} with no data").format(
                sql.Identifier(stage), named(tables[table].columns), sql.Identifier(table)
            )
        )


def filled_in(name: str, tables: Mapping[str, Table]) -> sql.Composed:
    """Return the statement with the columns in it."""
    return sql.SQL(SQL[name]).format(**{table: named(tables[table].columns) for table in _STAGES})


def _run(
    connection: psycopg.Connection[Any], firm_id: str, tables: Mapping[str, Table], names: Sequence[str]
) -> None:
    for name in names:
        connection.execute(filled_in(name, tables), {"firm_id": firm_id, **_WORDS})
