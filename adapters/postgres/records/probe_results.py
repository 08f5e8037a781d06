"""Results of verifications and probes in Postgres."""

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.text import bulk
from core.ports.probe_results import ProbeKind, ProbeResult

_ADD = """
insert into probe_results (firm_id, kind, passed, document)
values (%(firm_id)s, %(kind)s, %(passed)s, (%(document)s::jsonb) -> 0)
returning number
"""
_GET = "select number, firm_id, kind, passed, at, document from probe_results where number = %(number)s"
_LIST = """
select number, firm_id, kind, passed, at, document
from probe_results
where firm_id = %(firm_id)s and kind = %(kind)s
order by number desc
limit %(limit)s
"""


class PostgresProbeResults:
    """Results are added and never changed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, firm_id: str, kind: ProbeKind, document: Mapping[str, Any], *, passed: bool) -> int:
        """Keep a document and return its number."""
        row = self._session.row(
            _ADD,
            {"firm_id": firm_id, "kind": kind.value, "passed": passed, "document": bulk([dict(document)])},
        )
        return int(row[0]) if row else 0

    def get(self, number: int) -> ProbeResult | None:
        """Return the result, or None."""
        row = self._session.row(_GET, {"number": number})
        return _result(row) if row else None

    def list(self, firm_id: str, kind: ProbeKind, limit: int = 20) -> Sequence[ProbeResult]:
        """Return results, newest first."""
        asked = {"firm_id": firm_id, "kind": kind.value, "limit": limit}
        return [_result(row) for row in self._session.rows(_LIST, asked)]


def _result(row: Row) -> ProbeResult:
    number, firm_id, kind, passed, at, document = row
    return ProbeResult(number, firm_id, ProbeKind(kind), passed, at, document)
