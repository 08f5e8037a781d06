"""Port: documents that are kept to be shown: daily exception reports, and what probes came to."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from core.exception_day import ExceptionDay
from core.probe import ProbeKind, ProbeResult


class Reports(Protocol):
    """Exception reports are one a firm and day (UTC); results of probes are added and never changed."""

    def save_exceptions(self, firm_id: str, day: date, document: Mapping[str, Any]) -> None:
        """Keep the day's report, in place of an earlier one; it is JSON-ready (`report_exceptions`)."""
        ...

    def exceptions(self, firm_id: str, day: date | None = None) -> Mapping[str, Any] | None:
        """Return the exception report of that day, or the newest one; None if there is none."""
        ...

    def exception_days(self, firm_id: str, limit: int = 30) -> Sequence[date]:
        """Return the days with an exception report, newest first."""
        ...

    def exception_list(self, firm_id: str, limit: int, before: date | None = None) -> Sequence[ExceptionDay]:
        """Return the reports in short, newest first; those before that day."""
        ...

    def add_probe(self, firm_id: str, kind: ProbeKind, document: Mapping[str, Any], *, passed: bool) -> int:
        """Keep a JSON-ready document and return its number."""
        ...

    def probe(self, number: int) -> ProbeResult | None:
        """Return the result, or None."""
        ...

    def probes(self, firm_id: str, kind: ProbeKind, limit: int = 20) -> Sequence[ProbeResult]:
        """Return results, newest first."""
        ...
