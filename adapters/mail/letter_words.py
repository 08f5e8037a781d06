"""What letters say. Plain text: nothing in it can load, track or run."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from core.issue import Issue, IssueKind
from core.letter import Content, Letter, LetterKind
from core.reasons import in_words
from core.run import Run, RunState

_LISTED: Final = 50

TITLES: Final[Mapping[IssueKind, str]] = MappingProxyType(
    {
        IssueKind.CONNECTION_LOST: "The connection to SmartAdvocate is lost",
        IssueKind.ACCOUNT_RIGHT_MISSING: "The connected SmartAdvocate account lacks a right",
        IssueKind.SYNC_FAILED: "Cases could not be synced",
        IssueKind.SYNC_INCOMPLETE: "A sync may have missed cases",
        IssueKind.PRACTICE_AREA_UNMAPPED: "A case type matches no practice area",
        IssueKind.STAGE_UNMAPPED: "A case status matches no stage",
        IssueKind.CASE_VANISHED: "SmartAdvocate no longer shows a case",
        IssueKind.DELIVERY_HELD: "Messages or documents wait for somebody",
        IssueKind.DELIVERY_FAILED: "Messages or documents could not be delivered",
        IssueKind.CONTRADICTING_EVENT: "Two messages of one id contradict each other",
        IssueKind.NOTE_TYPE_UNKNOWN: "A note type is not there in SmartAdvocate",
        IssueKind.DOCUMENT_CATEGORY_UNKNOWN: "A document category is not there in SmartAdvocate",
        IssueKind.PAUSE_SHORTENED: "SmartAdvocate asked for a longer pause than it got",
        IssueKind.SHARED_NOTES_UNREAD: "Notes that staff share with clients cannot be read",
        IssueKind.WRITTEN_TWICE: "Something is in SmartAdvocate twice",
        IssueKind.SHARED_NOTE_UNREADABLE: "A note shared with a client cannot be sent",
        IssueKind.JOB_FAILED: "Something went wrong that nobody has thought of",
        IssueKind.ANNOUNCEMENT_NOT_OUT: "An announcement to other systems does not get out",
    }
)

_RUNS: Final[Mapping[RunState, str]] = MappingProxyType(
    {
        RunState.WAITING: "is still under way",
        RunState.FINISHED: "has finished",
        RunState.INCOMPLETE: "has ended and may have missed cases",
        RunState.FAILED: "has failed",
        RunState.CANCELLED: "was cancelled",
    }
)


def subject_of(letter: Letter, content: Content) -> str:
    """Return the letter's subject; it names the firm and counts, nothing more."""
    number = len(content.issues)
    problems = "1 problem" if number == 1 else f"{number} problems"
    match letter.kind:
        case LetterKind.PROBLEMS:
            words = f"{problems} that somebody should look at"
        case LetterKind.RECOVERED:
            words = f"{problems} over"
        case LetterKind.EXCEPTIONS:
            words = f"{_cases((content.report or {}).get('cases', 0))} did not sync ({letter.key})"
        case LetterKind.RUN_RESULT:
            words = f"sync {letter.key} {_ended(content.run)}"
        case LetterKind.TRIAL:
            words = "a letter to try out"
    return f"{content.firm_name}: {words}"


def text_of(letter: Letter, content: Content, pages: str) -> str:
    """Return the letter's text. `pages` is the address of the firm's pages."""
    match letter.kind:
        case LetterKind.PROBLEMS:
            lines = ["This came up and needs somebody:", "", *_listed(content.issues)]
            lines += ["", f"Look at it and mend it: {pages}/problems"]
        case LetterKind.RECOVERED:
            lines = ["This is over; there is nothing to do:", "", *_listed(content.issues)]
        case LetterKind.EXCEPTIONS:
            lines = [*_report(content), "", f"Mend them here: {pages}/problems", *_attached(content)]
        case LetterKind.RUN_RESULT:
            lines = [*_run(content), "", f"All of it: {pages}/runs/{letter.key}", *_attached(content)]
        case LetterKind.TRIAL:
            lines = ["This letter was sent to see whether letters arrive. It has."]
    return "\n".join(
        [content.firm_name, "", *lines, "", "--", f"Who gets which letters: {pages}/notifications", ""]
    )


def _listed(issues: Sequence[Issue]) -> list[str]:
    lines = [
        f"- {_title(issue)}: {issue.message} (since {issue.opened_at:%Y-%m-%d %H:%M} UTC)" for issue in issues
    ]
    left = len(lines) - _LISTED
    return lines if left <= 0 else [*lines[:_LISTED], f"- and {left} more"]


def _title(issue: Issue) -> str:
    return TITLES[IssueKind(issue.kind)] if issue.kind in tuple(IssueKind) else issue.kind


def _report(content: Content) -> list[str]:
    from core.case import SkipReason

    by_reason = (content.report or {}).get("by_reason", {})
    known = tuple(SkipReason)
    return [
        f"{_cases((content.report or {}).get('cases', 0))} did not sync last night:",
        "",
        *(
            f"- {in_words(SkipReason(reason)) if reason in known else reason}: {number}"
            for reason, number in by_reason.items()
        ),
    ]


def _run(content: Content) -> list[str]:
    counts = content.counts or {}
    run = content.run
    why = ": ".join(part for part in (run.reason, run.detail) if part) if run is not None else ""
    return [
        f"The sync you started {_ended(run)}{f' ({why})' if why else ''}.",
        "",
        *(f"- {outcome}: {number}" for outcome, number in counts.items() if ":" not in outcome),
    ]


def _ended(run: Run | None) -> str:
    return _RUNS[run.state] if run is not None else "is no longer kept"


def _attached(content: Content) -> list[str]:
    if not content.table:
        return []
    told = ["The attached table names cases by their number; the pages name clients."]
    if content.left_out:
        told.append(f"{_cases(content.left_out)} more would be too much for a letter: the pages have all.")
    return told


def _cases(number: int) -> str:
    return "1 case" if number == 1 else f"{number:,} cases"
