"""The daily exception report: which cases did not sync, and why (Case Status sheet, section 6)."""

from datetime import UTC
from typing import Any, Final

from core.announcement import Announcement, AnnouncementKind
from core.ports.unit_of_work import UnitOfWork
from core.problem import CaseProblem
from core.reasons import in_words, next_step
from core.run import Run

LISTED_IN_DOCUMENT: Final = 1_000
LISTED_IN_EVENT: Final = 100


def report_exceptions(uow: UnitOfWork, firm_id: str, run: Run) -> None:
    """Keep the report of the day on which the run began (UTC); announce it where there is anything to report.

    A run of a late place may end after midnight: its report must not pass for that of the next night.

    The document names clients, for the firm's own pages; the event names cases by id and number only.
    """
    day = run.started_at.astimezone(UTC).date()
    counts = uow.problems.counts(firm_id)
    listed = uow.problems.list(firm_id, limit=LISTED_IN_DOCUMENT)
    summary: dict[str, Any] = {
        "day": day.isoformat(),
        "run_id": run.run_id,
        "cases": sum(counts.values()),
        "by_reason": {reason.value: number for reason, number in sorted(counts.items())},
    }
    document = {**summary, "listed": [{**_row(p), "client": p.client} for p in listed]}
    uow.reports.save_exceptions(firm_id, day, document)
    if listed:
        data = {**summary, "listed": [_row(problem) for problem in listed[:LISTED_IN_EVENT]]}
        uow.outbox.announce([Announcement(AnnouncementKind.SYNC_EXCEPTIONS, firm_id, data=data)])


def _row(problem: CaseProblem) -> dict[str, Any]:
    return {
        "case_integration_id": problem.integration_id,
        "readable_id": problem.readable_id,
        "imported": not problem.skipped,
        "reason": problem.reason.value,
        "in_words": in_words(problem.reason, problem.label),
        "next_step": next_step(problem.reason),
    }
