"""How long what has served its purpose is kept, and how far its removal has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from core.announced import KEPT as ANNOUNCEMENTS_KEPT
from core.announced import TEXT_KEPT
from core.delivery import DeliveryState
from core.event import EventKind
from core.kept_answer import KEPT as ANSWERS_KEPT

# Beyond its time that long, and a person should look: nobody removes, or too slowly.
BEHIND: Final = timedelta(days=1)


class Growing(StrEnum):
    """What is removed when its time is over; text before the rest. The words are stored and shown."""

    TEXTS = "texts"
    FAILED_TEXTS = "failed_texts"
    REJECTED_BODIES = "rejected_bodies"
    ANNOUNCED_TEXTS = "announced_texts"
    ANSWERS = "answers"
    OUTBOX = "outbox"
    SESSIONS = "sessions"
    DELIVERED = "delivered"
    FAILED = "failed"
    REJECTED_EVENTS = "rejected_events"
    RUNS = "runs"
    CASE_CHANGES = "case_changes"
    ISSUES = "issues"
    ISSUE_MUTES = "issue_mutes"
    EXCEPTION_REPORTS = "exception_reports"
    PROBE_RESULTS = "probe_results"
    TRIES = "tries"
    AUDIT_LOG = "audit_log"
    BULK_OPERATIONS = "bulk_operations"


# What nobody needs to set.
_FIXED: Final[Mapping[Growing, timedelta]] = MappingProxyType(
    {
        Growing.ANNOUNCED_TEXTS: TEXT_KEPT,
        Growing.ANSWERS: ANSWERS_KEPT,
        Growing.OUTBOX: ANNOUNCEMENTS_KEPT,
        Growing.SESSIONS: timedelta(0),
        Growing.ISSUE_MUTES: timedelta(days=30),
        Growing.TRIES: timedelta(days=30),
    }
)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each is kept after it has served its purpose: after delivery, an end, a resolution, a day.

    `text` and `failed` are how long text is kept, of what was delivered and of what failed. A delivery goes
    after its text in any case.
    """

    text: timedelta = timedelta(days=30)
    failed: timedelta = timedelta(days=180)
    deliveries: timedelta = timedelta(days=180)
    rejected: timedelta = timedelta(days=365)
    runs: timedelta = timedelta(days=90)
    changes: timedelta = timedelta(days=730)
    issues: timedelta = timedelta(days=365)
    reports: timedelta = timedelta(days=180)
    audit: timedelta = timedelta(days=2_555)

    def of(self, what: Growing) -> timedelta:
        """Return how long that is kept."""
        settable = {
            Growing.TEXTS: self.text,
            Growing.FAILED_TEXTS: self.failed,
            Growing.REJECTED_BODIES: self.text,
            Growing.DELIVERED: self.deliveries,
            Growing.FAILED: max(self.deliveries, self.failed),
            Growing.REJECTED_EVENTS: self.rejected,
            Growing.RUNS: self.runs,
            Growing.CASE_CHANGES: self.changes,
            Growing.ISSUES: self.issues,
            Growing.EXCEPTION_REPORTS: self.reports,
            Growing.PROBE_RESULTS: self.reports,
            Growing.AUDIT_LOG: self.audit,
            Growing.BULK_OPERATIONS: self.audit,
        }
        return settable[what] if what in settable else _FIXED[what]


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is kept for ever of a message or document whose delivery has served its time. Times are UTC.

    `state` is what it ended as, `ended_at` when; `stored_id` is SmartAdvocate's id of the note or document,
    None for one that was never stored there.
    """

    firm_id: str
    kind: EventKind
    subject_id: str
    case_integration_id: str
    delivery_id: int
    state: DeliveryState
    received_at: datetime
    ended_at: datetime
    stored_id: str | None


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a walk from old to new has come: the time (UTC) and number of the last that was looked at."""

    at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class Removed:
    """What one batch came to. `is_over`: nothing is left now that is old enough.

    `mark` is where the next batch goes on; None where each begins with the oldest.
    """

    number: int
    is_over: bool
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class RemovalState:
    """How far the removal of something has come. Times are UTC.

    `behind` is how far beyond its time the oldest is that has not gone; `ended_at` when it was last found
    that nothing was left (None: not yet); `number` how many went since the beginning.
    """

    what: str
    kept: timedelta
    behind: timedelta
    ended_at: datetime | None
    number: int

    @property
    def is_behind(self) -> bool:
        """Whether a person should look."""
        return self.behind > BEHIND
