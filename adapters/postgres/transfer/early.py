"""Messages that came for a firm before the firm itself: they waited under its id, and join what it brings.

None of them was ever sent from here. One that the firm's old cell knows as well is the old one's.
"""

from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from adapters.postgres.transfer.tables import Table, named

_STAGES: Final = {"inbox": "early_inbox", "deliveries": "early_deliveries"}
_SET_ASIDE: Final[tuple[LiteralString, ...]] = (
    """
    insert into early_deliveries ({deliveries})
    select {deliveries}
    from deliveries
    where firm_id = %(firm_id)s and state = 'held' and reason = 'firm_unknown'
      and not exists (select from firms where firm_id = %(firm_id)s)
    """,
    """
    insert into early_inbox ({inbox})
    select {inbox}
    from inbox
    where firm_id = %(firm_id)s and (kind, subject_id) in (select kind, subject_id from early_deliveries)
    """,
    "delete from deliveries where delivery_id in (select delivery_id from early_deliveries)",
    """
    delete from inbox
    where firm_id = %(firm_id)s and (kind, subject_id) in (select kind, subject_id from early_inbox)
    """,
    """
    delete from lanes
    where firm_id = %(firm_id)s and owner is null
      and (kind, case_integration_id) in (select kind, case_integration_id from early_deliveries)
    """,
    """
    delete from issues
    where firm_id = %(firm_id)s and kind = 'delivery_held' and exists (select from early_deliveries)
    """,
)
_JOIN: Final[tuple[LiteralString, ...]] = (
    "insert into inbox ({inbox}) select {inbox} from early_inbox on conflict do nothing",
    """
    delete from early_deliveries as early
    using deliveries
    where deliveries.firm_id = %(firm_id)s and deliveries.kind = early.kind
      and deliveries.subject_id = early.subject_id
    """,
    """
    insert into lanes (firm_id, kind, case_integration_id, held_for)
    select distinct firm_id, kind, case_integration_id, 'firm_unknown' from early_deliveries
    on conflict (firm_id, kind, case_integration_id) do update
    set held_for = excluded.held_for, ready_at = null  -- the next look at holds puts it right
    """,
    """
    insert into deliveries ({deliveries})
    select {deliveries} from early_deliveries order by delivery_id
    """,
)


def set_early_aside(connection: psycopg.Connection[Any], firm_id: str, tables: dict[str, Table]) -> None:
    """Take what waits for a firm that is not known out of its way, until the transaction ends."""
    for table, stage in _STAGES.items():
        connection.execute(
            sql.SQL("create temporary table {} on commit drop as select {} from {} with no data").format(
                sql.Identifier(stage), named(tables[table].columns), sql.Identifier(table)
            )
        )
    _run(connection, firm_id, tables, _SET_ASIDE)


def let_early_join(connection: psycopg.Connection[Any], firm_id: str, tables: dict[str, Table]) -> None:
    """Put it behind what the firm brought."""
    _run(connection, firm_id, tables, _JOIN)


def _run(
    connection: psycopg.Connection[Any],
    firm_id: str,
    tables: dict[str, Table],
    statements: tuple[LiteralString, ...],
) -> None:
    columns = {table: named(tables[table].columns) for table in _STAGES}
    for statement in statements:
        connection.execute(sql.SQL(statement).format(**columns), {"firm_id": firm_id})
