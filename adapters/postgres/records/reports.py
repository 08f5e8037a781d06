"""Exception reports and results of probes in Postgres."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.text import bulk
from core.exception_day import ExceptionDay
from core.ports.reports import Reports
from core.probe import ProbeKind, ProbeResult

_SQL: Final = Statements.beside(__file__)


class PostgresReports(Reports):
    """See `core.ports.reports.Reports`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def save_exceptions(self, firm_id: str, day: date, document: Mapping[str, Any]) -> None:
        new = {"firm_id": firm_id, "day": day, "document": bulk([dict(document)])}
        self._session.run(_SQL["save_exceptions"], new)

    def exceptions(self, firm_id: str, day: date | None = None) -> Mapping[str, Any] | None:
        row = self._session.row(_SQL["exceptions"], {"firm_id": firm_id, "day": day})
        return dict(row[0]) if row else None

    def exception_days(self, firm_id: str, limit: int = 30) -> Sequence[date]:
        asked = {"firm_id": firm_id, "limit": limit}
        return [day for (day,) in self._session.rows(_SQL["exception_days"], asked)]

    def exception_list(self, firm_id: str, limit: int, before: date | None = None) -> Sequence[ExceptionDay]:
        asked = {"firm_id": firm_id, "limit": limit, "before": before}
        return [ExceptionDay(*row) for row in self._session.rows(_SQL["exception_list"], asked)]

    def add_probe(self, firm_id: str, kind: ProbeKind, document: Mapping[str, Any], *, passed: bool) -> int:
        new = {"firm_id": firm_id, "kind": kind.value, "passed": passed, "document": bulk([dict(document)])}
        [[number]] = self._session.rows(_SQL["add_probe"], new)
        return int(number)

    def probe(self, number: int) -> ProbeResult | None:
        row = self._session.row(_SQL["probe"], {"number": number})
        return _result(row) if row else None

    def probes(self, firm_id: str, kind: ProbeKind, limit: int = 20) -> Sequence[ProbeResult]:
        asked = {"firm_id": firm_id, "kind": kind.value, "limit": limit}
        return [_result(row) for row in self._session.rows(_SQL["probes"], asked)]


def _result(row: Row) -> ProbeResult:
    number, firm_id, kind, passed, at, document = row
    return ProbeResult(number, firm_id, ProbeKind(kind), passed, at, document)
