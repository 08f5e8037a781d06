"""Exception reports and results of probes in memory."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from core.exception_day import ExceptionDay
from core.ports.reports import Reports
from core.probe import ProbeKind, ProbeResult
from tests.fakes.transaction import Transaction


class FakeReports(Reports):
    """Exception reports by (firm, day), results by number."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def save_exceptions(self, firm_id: str, day: date, document: Mapping[str, Any]) -> None:
        self._transaction.tables.exception_reports[firm_id, day] = dict(document)

    def exceptions(self, firm_id: str, day: date | None = None) -> Mapping[str, Any] | None:
        day = day or next(iter(self.exception_days(firm_id)), None)
        return self._transaction.tables.exception_reports.get((firm_id, day)) if day else None

    def exception_days(self, firm_id: str, limit: int = 30) -> Sequence[date]:
        rows = self._transaction.tables.exception_reports
        return sorted((day for firm, day in rows if firm == firm_id), reverse=True)[:limit]

    def exception_list(self, firm_id: str, limit: int, before: date | None = None) -> Sequence[ExceptionDay]:
        rows = self._transaction.tables.exception_reports
        days = [day for day in self.exception_days(firm_id, len(rows)) if before is None or day < before]
        reports = [(day, rows[firm_id, day]) for day in days[:limit]]
        return [ExceptionDay(day, one.get("cases", 0), one.get("by_reason", {})) for day, one in reports]

    def add_probe(self, firm_id: str, kind: ProbeKind, document: Mapping[str, Any], *, passed: bool) -> int:
        number, at = self._transaction.next_id(), self._transaction.now()
        result = ProbeResult(number, firm_id, kind, passed, at, dict(document))
        self._transaction.tables.probe_results[number] = result
        return number

    def probe(self, number: int) -> ProbeResult | None:
        return self._transaction.tables.probe_results.get(number)

    def probes(self, firm_id: str, kind: ProbeKind, limit: int = 20) -> Sequence[ProbeResult]:
        rows = reversed(self._transaction.tables.probe_results.values())
        return [row for row in rows if (row.firm_id, row.kind) == (firm_id, kind)][:limit]
