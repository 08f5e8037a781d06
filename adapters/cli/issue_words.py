"""What the command line says of issues: their messages tell what was seen, the next step is said here."""

from shlex import quote
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from adapters.cli.words import joined, next_step
from core.issue import IssueKind
from core.reason import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.issue import Issue

# Where the key is a reason, the reason's own next step is said.
_BY_REASON: Final = frozenset({IssueKind.DELIVERY_HELD, IssueKind.DELIVERY_FAILED})

NEXT_STEPS: "Final[Mapping[IssueKind, str]]" = MappingProxyType(
    {
        IssueKind.CONNECTION_LOST: "Connect the firm again: casebridge connect FIRM --oauth",
        IssueKind.ACCOUNT_RIGHT_MISSING: (
            "The firm's SmartAdvocate administrator grants it; look again: casebridge permissions FIRM"
        ),
        IssueKind.SYNC_FAILED: "Cure what is named, then start it again: casebridge sync cases FIRM",
        IssueKind.SYNC_INCOMPLETE: (
            "Raise the page size (casebridge firms set FIRM page_size=1000), then: casebridge sync cases FIRM"
        ),
        IssueKind.PRACTICE_AREA_UNMAPPED: "Map it. The closest names: casebridge mapping unmatched FIRM",
        IssueKind.STAGE_UNMAPPED: "Map it. The closest names: casebridge mapping unmatched FIRM",
        IssueKind.PAUSE_SHORTENED: (
            "Ask the operator of the firm's SmartAdvocate why, or grant more: CASEBRIDGE_LONGEST_PAUSE_S. "
            "It is over when SmartAdvocate answers again; at once: casebridge firms resume FIRM"
        ),
        IssueKind.CASE_VANISHED: "Close it in Case Status, or give the account the right to see it",
        IssueKind.DELIVERY_HELD: "Cure the reason; they go out by themselves",
        IssueKind.DELIVERY_FAILED: "Cure the reason, then: casebridge deliveries replay --firm FIRM",
        IssueKind.CONTRADICTING_EVENT: (
            "Ask the sender which is right; then: casebridge issues close FIRM contradicting_event KEY"
        ),
        IssueKind.NOTE_TYPE_UNKNOWN: (
            "Name a type that is there: casebridge firms set FIRM KEY=NAME; or correct it in SmartAdvocate"
        ),
        IssueKind.DOCUMENT_CATEGORY_UNKNOWN: (
            "Make the category in SmartAdvocate, or name another: "
            "casebridge firms set FIRM document_category=NAME"
        ),
        IssueKind.WRITTEN_TWICE: (
            "Look at both in SmartAdvocate and remove the second one; then: "
            "casebridge issues close FIRM written_twice KEY"
        ),
        IssueKind.SHARED_NOTES_UNREAD: "Cure what is named; they are read again by themselves",
        IssueKind.SHARED_NOTE_UNREADABLE: (
            "Send its words another way, or write it anew in SmartAdvocate; tell support which note it is"
        ),
        IssueKind.ANNOUNCEMENT_NOT_OUT: "Tell support its number; at once: casebridge firms resume FIRM",
        IssueKind.JOB_FAILED: (
            "It is tried again by itself; at once: casebridge firms resume FIRM. If it stays, tell support "
            "the message"
        ),
    }
)


def step_for(issue: "Issue") -> str:
    """Return what a person can do about it; "" for a kind that only another release knows."""
    if issue.kind in _BY_REASON and issue.key in tuple(Reason):
        return next_step(Reason(issue.key), firm_id=issue.firm_id)
    if issue.kind not in tuple(IssueKind):
        return ""
    step = NEXT_STEPS[IssueKind(issue.kind)]
    return step.replace("FIRM", quote(issue.firm_id)).replace("KEY", issue.key)


def told(issue: "Issue") -> str:
    """Return what was seen and the next step as one text."""
    return joined(issue.message, step_for(issue))


def said_of_issue(issue: "Issue") -> dict[str, Any]:
    """Return its fields for JSON, with the next step."""
    return {
        "firm_id": issue.firm_id,
        "kind": issue.kind,
        "key": issue.key,
        "times": issue.times,
        "opened_at": issue.opened_at,
        "last_seen_at": issue.last_seen_at,
        "muted_until": issue.muted_until,
        "message": issue.message,
        "next_step": step_for(issue),
    }
