"""Shapes of exception reports."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Self

from pydantic import Field

from adapters.web.api.v1.schemas import Shape


class ExceptionDays(Shape):
    """The days (UTC) that have a report, newest first: those of the last 400 nights at the most."""

    items: list[date]


class ExceptionRow(Shape):
    """A case that did not sync, with its client: a report is for the firm's own people."""

    case_integration_id: str
    readable_id: str
    client: str
    imported: bool = Field(description="Whether it is here, and keeps what it had.")
    reason: str
    in_words: str
    next_step: str


class ExceptionReport(Shape):
    """What did not sync in a night. `listed` are up to 1,000 of the `cases`."""

    day: date
    run_id: str
    cases: int
    by_reason: dict[str, int]
    listed: list[ExceptionRow]

    @classmethod
    def of(cls, report: Mapping[str, Any]) -> Self:
        """Return the stored report's."""
        rows = [ExceptionRow(**{**row, "client": row.get("client") or ""}) for row in report["listed"]]
        return cls(
            day=date.fromisoformat(report["day"]),
            run_id=str(report["run_id"]),
            cases=report["cases"],
            by_reason=dict(report["by_reason"]),
            listed=rows,
        )
