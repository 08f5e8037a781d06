"""Everything that is kept of a firm, in Postgres."""

from psycopg import sql

from adapters.postgres.store.session import Session
from core.errors import ConfigurationError, UnknownFirmError
from core.event import spellings_of_firm

_LOCK = "select connection from firms where firm_id = %(firm_id)s for update"
# Any table with the firm's id is the firm's, also one that a later release adds. What people did stays.
_TABLES = """
select table_name
from information_schema.columns
join information_schema.tables using (table_schema, table_name)
where table_schema = current_schema() and column_name = 'firm_id' and table_type = 'BASE TABLE'
  and table_name not in ('audit_log', 'firms')
order by table_name
"""
_REJECTED = """
delete from rejected_events
where exists (select from unnest(%(spellings)s::bytea[]) as spelling where position(spelling in body) > 0)
"""


class PostgresTenants:
    """Deletes a firm's rows in every table."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def delete(self, firm_id: str) -> None:
        """Delete all rows of the firm but the audit log's, and the rejected events whose body names it."""
        row = self._session.row(_LOCK, {"firm_id": firm_id})
        if row is None:
            raise UnknownFirmError(
                f"there is no firm {firm_id!r}; 'casebridge firms list' shows the known ones"
            )
        if row[0] not in {"disconnected", "not_connected"}:
            raise ConfigurationError(
                f"firm {firm_id!r} is {row[0].replace('_', ' ')}; end its connection first: "
                f"casebridge disconnect {firm_id}"
            )
        for table in [*(name for (name,) in self._session.rows(_TABLES)), "firms"]:
            statement = sql.SQL("delete from {} where firm_id = %(firm_id)s").format(sql.Identifier(table))
            self._session.run(statement, {"firm_id": firm_id})
        self._session.run(_REJECTED, {"spellings": spellings_of_firm(firm_id)})
