"""Port: the daily exception report of each firm, as a document that can be shown."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol


class ExceptionReports(Protocol):
    """One report a firm and day (UTC); a later one of the same day replaces it."""

    def save(self, firm_id: str, day: date, document: Mapping[str, Any]) -> None:
        """Keep the report; `document` is JSON-ready (`core.usecases.steps.report_exceptions`)."""
        ...

    def get(self, firm_id: str, day: date | None = None) -> Mapping[str, Any] | None:
        """Return the report of that day, or the newest one; None if there is none."""
        ...

    def days(self, firm_id: str, limit: int = 30) -> Sequence[date]:
        """Return the days with a report, newest first."""
        ...
