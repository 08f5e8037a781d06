"""Daily exception reports in Postgres."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from adapters.postgres.store.session import Session
from adapters.postgres.store.text import bulk

_SAVE = """
insert into exception_reports (firm_id, day, document)
values (%(firm_id)s, %(day)s, (%(document)s::jsonb) -> 0)
on conflict (firm_id, day) do update set document = excluded.document, made_at = now()
"""
_GET = """
select document
from exception_reports
where firm_id = %(firm_id)s and (%(day)s::date is null or day = %(day)s)
order by day desc
limit 1
"""
_DAYS = "select day from exception_reports where firm_id = %(firm_id)s order by day desc limit %(limit)s"


class PostgresExceptionReports:
    """One report a firm and day."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def save(self, firm_id: str, day: date, document: Mapping[str, Any]) -> None:
        """Keep the report in place of an earlier one of the day."""
        self._session.run(_SAVE, {"firm_id": firm_id, "day": day, "document": bulk([dict(document)])})

    def get(self, firm_id: str, day: date | None = None) -> Mapping[str, Any] | None:
        """Return the report of that day, or the newest one."""
        row = self._session.row(_GET, {"firm_id": firm_id, "day": day})
        return dict(row[0]) if row else None

    def days(self, firm_id: str, limit: int = 30) -> Sequence[date]:
        """Return the days with a report, newest first."""
        return [day for (day,) in self._session.rows(_DAYS, {"firm_id": firm_id, "limit": limit})]
