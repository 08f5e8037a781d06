"""A run has read all it had to: what is said and remembered at its end."""

from datetime import datetime
from typing import Final

from core.case import SkipReason
from core.firm import Firm
from core.issue import IssueKind
from core.ports.unit_of_work import UnitOfWork
from core.problem import UnmatchedName
from core.reason import Reason
from core.run import Run, RunState, Trigger
from core.usecases.steps.begin_run import follow_run
from core.usecases.steps.end_run import end_run
from core.usecases.steps.report_exceptions import report_exceptions
from core.window import covers_everything

_ISSUES_AT_MOST: Final = 50  # names that match nothing, those with most cases first
_EMPTY: Final = "(empty)"
_UNMATCHED: Final = (IssueKind.PRACTICE_AREA_UNMAPPED, IssueKind.STAGE_UNMAPPED)


def finish_run(uow: UnitOfWork, firm: Firm, run: Run, now: datetime, unproven: int = 0) -> None:
    """End the run in the transaction of its last step, and announce it. `now` in UTC.

    `unproven` counts the groups of cases that may not have been read whole: then the run is incomplete, and
    a run over ten years has still to come.
    """
    if unproven:
        end_run(uow, run, RunState.INCOMPLETE, Reason.READING_INCOMPLETE, _incomplete(unproven))
        uow.issues.open(firm.firm_id, IssueKind.SYNC_INCOMPLETE, firm.firm_id, _incomplete(unproven))
    else:
        end_run(uow, run, RunState.FINISHED)
        if run.trigger is not Trigger.RETRY:  # that one reads no window
            uow.issues.resolve(firm.firm_id, IssueKind.SYNC_INCOMPLETE)
        if covers_everything(run.window):
            uow.firms.mark_first_synced(firm.firm_id, now)
    uow.issues.resolve(firm.firm_id, IssueKind.SYNC_FAILED)
    report_unmatched(uow, firm.firm_id)
    if run.trigger is Trigger.NIGHTLY:
        report_exceptions(uow, firm.firm_id, run)
    follow_run(uow, run, now)


def report_unmatched(uow: UnitOfWork, firm_id: str) -> None:
    """Keep one issue open a name that matches nothing; those that match by now are resolved."""
    names = uow.problems.names(firm_id)[:_ISSUES_AT_MOST]
    wanted = {(IssueKind(name.reason.value), name.label or _EMPTY): name for name in names}
    for issue in uow.issues.list_open(frozenset({firm_id})):
        if issue.kind in _UNMATCHED and (issue.kind, issue.key) not in wanted:
            uow.issues.resolve(firm_id, IssueKind(issue.kind), issue.key)
    for (kind, key), name in wanted.items():
        uow.issues.open(firm_id, kind, key, _message(name))


def _incomplete(unproven: int) -> str:
    groups = "once" if unproven == 1 else f"{unproven} times"
    return (
        f"{groups} SmartAdvocate gave cases that were changed at one instant in another order at each "
        "request, fewer at a time than there are, and counted more of them than came: some may be missing"
    )


def _message(name: UnmatchedName) -> str:
    have = "1 case has" if name.cases == 1 else f"{name.cases} cases have"
    what = "practice area" if name.reason is SkipReason.PRACTICE_AREA_UNMAPPED else "stage"
    return (
        f"{have} {name.label or _EMPTY!r} in SmartAdvocate, which no {what} matches "
        "(exact spelling, letter case included): new ones are skipped, known ones keep what they have"
    )
