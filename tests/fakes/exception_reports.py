"""Daily exception reports in memory."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tests.fakes.transaction import Transaction


class FakeExceptionReports:
    """Reports by (firm, day)."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def save(self, firm_id: str, day: date, document: Mapping[str, Any]) -> None:
        """Keep the report."""
        self._transaction.tables.exception_reports[firm_id, day] = dict(document)

    def get(self, firm_id: str, day: date | None = None) -> Mapping[str, Any] | None:
        """Return the report of that day, or the newest one."""
        day = day or next(iter(self.days(firm_id)), None)
        return self._transaction.tables.exception_reports.get((firm_id, day)) if day else None

    def days(self, firm_id: str, limit: int = 30) -> Sequence[date]:
        """Return the days with a report, newest first."""
        rows = self._transaction.tables.exception_reports
        return sorted((day for firm, day in rows if firm == firm_id), reverse=True)[:limit]
