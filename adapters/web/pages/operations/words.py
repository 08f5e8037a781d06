"""What the pages say of deliveries, operations and timed jobs: states, outcomes, rhythms in words."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from adapters.web.pages.page_words import WORDS
from adapters.web.pages.shell.numbers import count
from adapters.web.pages.shell.times import span
from core.announcement import AnnouncementKind
from core.bulk import BulkKind, BulkOperation, BulkState
from core.delivery import DeliveryState
from core.delivery_selection import Befell, DeliverySummary, Selection, TimelineEntry
from core.event import EventKind
from core.process import ProcessKind
from core.reason import Reason
from core.retention import Growing
from core.schedule import JobName

KINDS: Final = MappingProxyType({EventKind.MESSAGE_SENT: "Message", EventKind.DOCUMENT_UPLOADED: "Document"})
# Tone and words of a state.
STATES: Final[Mapping[DeliveryState, tuple[str, str]]] = MappingProxyType(
    {
        DeliveryState.PENDING: ("info", "Waits for its turn"),
        DeliveryState.SENDING: ("info", "Being sent"),
        DeliveryState.DELIVERED: ("good", "Delivered"),
        DeliveryState.RETRYING: ("wait", "Tried again"),
        DeliveryState.HELD: ("wait", "Held"),
        DeliveryState.FAILED: ("bad", "Failed"),
        DeliveryState.UNKNOWN: ("wait", "In doubt"),
    }
)
REMOVED: Final[Mapping[str, str]] = MappingProxyType(
    {
        Growing.TEXTS: "Text of what was delivered",
        Growing.FAILED_TEXTS: "Text of what failed",
        Growing.REJECTED_BODIES: "Bodies of rejected events",
        Growing.ANNOUNCED_TEXTS: "Text of what staff wrote",
        Growing.ANSWERS: "Answers to requests with a key",
        Growing.OUTBOX: "Announcements and jobs that were published",
        Growing.SESSIONS: "Sessions and links that are over",
        Growing.DELIVERED: "Deliveries that arrived",
        Growing.FAILED: "Deliveries that failed",
        Growing.REJECTED_EVENTS: "Rejected events",
        Growing.RUNS: "Runs and their results",
        Growing.CASE_CHANGES: "Changes of cases",
        Growing.ISSUES: "Issues that are over",
        Growing.ISSUE_MUTES: "Mutes that are over",
        Growing.EXCEPTION_REPORTS: "Exception reports",
        Growing.PROBE_RESULTS: "Verifications and tests of permissions",
        Growing.TRIES: "Counts of tries",
        Growing.AUDIT_LOG: "Audit log",
        Growing.BULK_OPERATIONS: "Bulk operations",
    }
)
GIVEN_UP: Final = ("off", "Given up")
DOES: Final = MappingProxyType({BulkKind.REPLAY: "Replay", BulkKind.DISCARD: "Give up"})
BULK: Final[Mapping[BulkState, tuple[str, str]]] = MappingProxyType(
    {
        BulkState.COUNTED: ("info", "Counted, not confirmed"),
        BulkState.CONFIRMED: ("wait", "Waits for a worker"),
        BulkState.RUNNING: ("wait", "Under way"),
        BulkState.DONE: ("good", "Done"),
        BulkState.CANCELLED: ("off", "Cancelled"),
    }
)
JOBS: Final[Mapping[JobName, tuple[str, str]]] = MappingProxyType(
    {
        JobName.SYNC_MESSAGES: ("Messages", "Messages that wait become notes in SmartAdvocate"),
        JobName.SYNC_DOCUMENTS: ("Documents", "Documents that wait are uploaded to SmartAdvocate"),
        JobName.SYNC_CASES: ("Cases, nightly", "Cases that changed are brought over"),
        JobName.SYNC_SHARED_NOTES: ("Shared notes", "Notes that a firm shares become messages"),
        JobName.PROBE_CONNECTIONS: (
            "Connections",
            "Each connection is tried, while there is time to mend it",
        ),
        JobName.IMPORT_CASES: ("Single cases", "Cases that a message waits for are imported"),
        JobName.BULK_OPERATIONS: ("Bulk operations", "Replays and discards of many deliveries"),
    }
)
ANNOUNCED: Final[Mapping[AnnouncementKind, str]] = MappingProxyType(
    {
        AnnouncementKind.CASE_IMPORTED: "A case was imported",
        AnnouncementKind.CASE_UPDATED: "A case changed",
        AnnouncementKind.STAGE_CHANGED: "A case came to another stage",
        AnnouncementKind.CASE_CLOSED: "A case was closed",
        AnnouncementKind.CASE_REOPENED: "A case was opened again",
        AnnouncementKind.MESSAGE_SYNCED: "A message is in SmartAdvocate",
        AnnouncementKind.DOCUMENT_SYNCED: "A document is in SmartAdvocate",
        AnnouncementKind.DOCUMENT_URL_EXPIRED: "A document's address has run out",
        AnnouncementKind.MESSAGE_WRITTEN: "Staff wrote a message in SmartAdvocate",
        AnnouncementKind.DELIVERY_FAILED: "A delivery failed for good",
        AnnouncementKind.CONNECTION_LOST: "A connection was lost",
        AnnouncementKind.CONNECTION_RESTORED: "A connection is there again",
        AnnouncementKind.SYNC_FINISHED: "A sync ended",
        AnnouncementKind.SYNC_EXCEPTIONS: "Cases did not sync in a night",
    }
)
PROCESSES: Final = MappingProxyType(
    {
        ProcessKind.WORKER: "Worker",
        ProcessKind.SCHEDULER: "Scheduler",
        ProcessKind.INTAKE: "Intake of events",
        ProcessKind.WEB: "Web server",
        ProcessKind.COMMAND: "Command of a person",
        ProcessKind.ALL_IN_ONE: "Everything in one",
    }
)
_OUTCOMES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        DeliveryState.DELIVERED: ("good", "Stored in SmartAdvocate"),
        DeliveryState.RETRYING: ("wait", "Did not work yet, and is tried again by itself"),
        DeliveryState.HELD: ("wait", "Held until somebody, or another event, cures it"),
        DeliveryState.FAILED: ("bad", "Failed for good"),
        DeliveryState.UNKNOWN: (
            "wait",
            "In doubt, so it is looked for in SmartAdvocate before anything is sent again",
        ),
        Befell.REPLAYED: ("info", "Somebody let it leave again"),
        Befell.DISCARDED: ("off", "Somebody gave it up"),
    }
)


# Where a firm's own people are told that somebody sees to it: these are those who do.
_STEPS: Final[Mapping[Reason, str]] = MappingProxyType(
    {
        Reason.FIRM_UNKNOWN: "Add the firm, or ask Case Status which one is meant; then it flows by itself",
        Reason.CASE_NOT_IMPORTED: "Look at the case on the firm's pages; it is imported again every hour",
        Reason.REJECTED_BY_SMARTADVOCATE: "Cure what SmartAdvocate's words name, then let it leave again",
        Reason.RETRIES_SPENT: "Cure what the last error names, then let it leave again",
        Reason.NEEDS_PERSON: "Do what the words above name, then let it leave again",
        Reason.ROUTE_UNKNOWN: "Correct the firm's SmartAdvocate profile; then it flows by itself",
        Reason.REDIRECTED: "Check the firm's SmartAdvocate address; then it flows by itself",
        Reason.HOST_NOT_ALLOWED: "Look where the address leads; if that is meant, allow the host",
        Reason.ENCRYPTION_KEY_MISSING: "Start every process with the key that encrypted the firm's log-in",
        Reason.CONTENT_HOST_NOT_ALLOWED: "If it is right, allow the document's host; then let it leave again",
        Reason.CONTENT_REFUSED: "Have Case Status give access to the document, then let it leave again",
        Reason.CONTENT_MISMATCH: "Have the document uploaded again, or let it leave again",
        Reason.DOCUMENT_TOO_LARGE: "Hand the document over in another way",
        Reason.DISCARDED: "Nothing; if it is wanted after all, let it leave again",
        Reason.TEXT_PURGED: "It cannot leave again; have it sent anew from Case Status",
    }
)


def announced(kind: str) -> str:
    """Return what an announcement tells; of a kind that only another release knows its own word."""
    return ANNOUNCED[AnnouncementKind(kind)] if kind in tuple(AnnouncementKind) else kind


def audited(action: str) -> str:
    """Return what an entry of the audit log tells, such as `API key added`."""
    return sentence(action.replace("-", " ")).replace("Api key", "API key")


def job(name: JobName | str) -> str:
    """Return what a job in hand is called; an older release's by its own name."""
    return JOBS[JobName(name)][0] if name in tuple(JobName) else str(name)


def state_of(delivery: DeliverySummary) -> tuple[str, str]:
    """Return tone and words."""
    return GIVEN_UP if delivery.reason is Reason.DISCARDED else STATES[delivery.state]


def why(reason: Reason | None) -> str:
    """Return what a reason means, "" for none."""
    return WORDS[reason].what if reason is not None else ""


def step(reason: Reason | None) -> str:
    """Return the way on for those who keep casebridge going, "" for none."""
    if reason is None:
        return ""
    return _STEPS.get(reason, WORDS[reason].next_step)


def sentence(text: str) -> str:
    """Return the text as a sentence begins; names keep their letters."""
    return text[:1].upper() + text[1:]


def timeline(entries: Iterator[TimelineEntry]) -> Iterator[tuple[datetime, str, str, str]]:
    """Yield (moment, tone, what happened, more of it), as the template's timeline takes it."""
    for entry in entries:
        tone, text = _OUTCOMES.get(entry.outcome, ("info", entry.outcome))
        if entry.reason is Befell.ADOPTED:
            text = "Found in SmartAdvocate: an earlier attempt had stored it, so nothing was sent again"
        elif entry.reason is not None:
            text = f"{text}: {why(Reason.of(entry.reason))}"
        yield entry.ended_at, tone, text, ". ".join(_more(entry))


def _more(entry: TimelineEntry) -> Iterator[str]:
    if entry.detail:
        yield entry.detail.rstrip(".")
    if entry.status is not None:
        yield f"SmartAdvocate answered {entry.status} ({_answer_class(entry.status)})"
    if entry.took_ms is not None:
        yield f"It took {entry.took_ms:,} ms"
    if entry.late:
        yield "A newer one of its case had gone out before, and the note says so"


def _answer_class(status: int) -> str:
    if status == 429:
        return "it asks for a pause"
    return {2: "accepted", 3: "sent elsewhere", 4: "refused", 5: "an error of its own"}.get(
        status // 100, "something else"
    )


def selected(selection: Selection) -> str:
    """Return which deliveries a filter means, as a sentence's part."""
    whose = f"of firm {selection.firm_id}" if selection.firm_id else "of every firm within reach"
    parts = [whose]
    if selection.delivery_id is not None:
        parts = [f"with the number {selection.delivery_id}"]
    if selection.case_integration_id:
        parts.append(f"of case {selection.case_integration_id}")
    if selection.states:
        parts.append("that are " + " or ".join(state.value for state in selection.states))
    if selection.reason is not None:
        parts.append(f"for the reason “{why(selection.reason)}”")
    if selection.since is not None:
        parts.append(f"received since {selection.since:%d %B %Y, %H:%M} UTC")
    what = {None: "deliveries", EventKind.MESSAGE_SENT: "messages"}.get(selection.kind, "documents")
    return f"{what} {', '.join(parts)}"


def result(operation: BulkOperation) -> str:
    """Return what an operation came to, or comes to."""
    done = "left again" if operation.kind is BulkKind.REPLAY else "were given up"
    told = f"{count(operation.done, 'delivery', 'deliveries')} of {operation.counted:,} {done}"
    if operation.left_out:
        return f"{told}; {operation.left_out:,} had moved on by themselves and were left alone"
    return told


def left(operation: BulkOperation, now: datetime) -> str:
    """Return how long it still takes, "" where nobody can tell."""
    time_left = operation.left_for(now)
    if time_left is None:
        return ""
    return f"about {span(max(time_left, timedelta(seconds=1)))} left"
