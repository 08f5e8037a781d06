"""A delivery: one message or document on its way to SmartAdvocate (design, section 6).

pending ──▶ sending ──▶ delivered
              ├──▶ retrying  transient; again at `run_at`
              ├──▶ held      needs a person or another event
              ├──▶ failed    permanent, or retries spent; replayable
              └──▶ unknown   the answer was lost: read before any repeat
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.document import DocumentUploaded
from core.errors import (
    AnswerLostError,
    CasebridgeError,
    CaseNotFoundError,
    ContentRefusedError,
    ErrorClass,
    PermissionMissingError,
    RateLimitedError,
)
from core.event import EventContent, EventKind
from core.message import MessageSent
from core.reason import Reason
from core.retry import next_delay


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    RETRYING = "retrying"
    HELD = "held"
    FAILED = "failed"
    UNKNOWN = "unknown"


# Those that hold back the later deliveries of their case.
OPEN_STATES = frozenset(
    {
        DeliveryState.PENDING,
        DeliveryState.SENDING,
        DeliveryState.RETRYING,
        DeliveryState.HELD,
        DeliveryState.UNKNOWN,
    }
)


# What waits for its case: while the single import is being tried, and after it failed.
WAITS_FOR_IMPORT = (Reason.CASE_BEING_IMPORTED, Reason.CASE_NOT_IMPORTED)

# Holds that nobody tells us the end of: now and then one delivery is let out to see.
PROBED_REASONS = (
    PermissionMissingError.reason,
    CaseNotFoundError.reason,
    ContentRefusedError.reason,
    Reason.ROUTE_UNKNOWN,
    Reason.REDIRECTED,
    Reason.HOST_NOT_ALLOWED,
    Reason.ENCRYPTION_KEY_MISSING,
)


@dataclass(frozen=True, slots=True)
class LostClaim:
    """The claim in which a delivery came into doubt, and its place there: what comes later began later."""

    owner: str
    place: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery as a worker takes it up.

    `doubtful` is True when an earlier attempt may have reached SmartAdvocate: what is there is read before
    anything is sent. `doubtful_since` (UTC) is when that attempt ended at the latest;
    `first_attempt_at` (UTC) is when the first one began. `late` says that a newer one of its case has gone
    out already; `probe_of` names the hold it was let out of to see whether that still stands. `content`
    is None where what is stored cannot be read. `lost_claim` is set where all its doubt is that of one claim
    whose owner is gone.
    """

    delivery_id: int
    firm_id: str
    kind: EventKind
    case_integration_id: str
    subject_id: str
    occurred_at: datetime
    content: EventContent | None
    attempts: int = 0
    doubtful: bool = False
    doubtful_since: datetime | None = None
    first_attempt_at: datetime | None = None
    late: bool = False
    probe_of: Reason | None = None
    lost_claim: LostClaim | None = None

    @property
    def message(self) -> MessageSent:
        """The message it carries. Raises TypeError where it carries none."""
        if not isinstance(self.content, MessageSent):
            raise TypeError(f"{self!r} carries no message")
        return self.content

    @property
    def document(self) -> DocumentUploaded:
        """The document it carries. Raises TypeError where it carries none."""
        if not isinstance(self.content, DocumentUploaded):
            raise TypeError(f"{self!r} carries no document")
        return self.content

    def __repr__(self) -> str:
        return f"Delivery({self.delivery_id}, firm={self.firm_id!r}, subject={self.subject_id!r})"


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attempt ended. `run_at` (UTC) for retrying and unknown; `reason` and `detail` for people.

    `stored_id` is SmartAdvocate's id of the note or document, for delivered, "" where it cannot be read;
    `adopted` says that an earlier attempt had stored it.
    `doubtful_since` (UTC) for unknown: since when a write of ours may be under way. `began_at` (UTC) is when
    the attempt began, `status` what SmartAdvocate's HTTP answered with, where it is known. `pause` is what
    SmartAdvocate asked for instead of storing anything: such an attempt does not count.
    """

    delivery: Delivery
    state: DeliveryState
    ended_at: datetime
    stored_id: str | None = None
    run_at: datetime | None = None
    reason: Reason | None = None
    detail: str | None = None
    adopted: bool = False
    doubtful_since: datetime | None = None
    began_at: datetime | None = None
    status: int | None = None
    pause: timedelta | None = None

    @property
    def late(self) -> bool:
        """Whether it was written after a newer one of its case, and says so itself."""
        return self.delivery.late and self.state is DeliveryState.DELIVERED and not self.adopted

    @property
    def took_ms(self) -> int | None:
        """How long it took, in milliseconds by the worker's clock."""
        if self.began_at is None:
            return None
        return max(0, round((self.ended_at - self.began_at).total_seconds() * 1000))


# After a lost answer the server may still be storing: what is not there yet may come. Only after this
# pause does "not there" count. Longer than any read time limit of ours.
SETTLE_AFTER_LOST_ANSWER = timedelta(seconds=45)


def after_error(
    delivery: Delivery,
    error: CasebridgeError,
    now: datetime,
    settle: timedelta = SETTLE_AFTER_LOST_ANSWER,
    longest_pause: timedelta | None = None,
) -> Attempt:
    """Decide what becomes of a delivery whose attempt raised `error`; `now` in UTC.

    A server may stretch the time to the next attempt up to `longest_pause` (None: to any length).
    """
    detail = str(error)
    status = error.status
    # Without its key a process cannot log in for the firm: an operator gives it, or others go on.
    if error.error_class is ErrorClass.NEEDS_PERSON or error.reason is Reason.ENCRYPTION_KEY_MISSING:
        return Attempt(delivery, DeliveryState.HELD, now, reason=error.reason, detail=detail, status=status)
    if error.error_class is ErrorClass.PERMANENT:
        return Attempt(delivery, DeliveryState.FAILED, now, reason=error.reason, detail=detail, status=status)
    age = now - (delivery.first_attempt_at or now)
    asked = error.retry_after
    if asked is not None and longest_pause is not None:
        asked = min(asked, longest_pause)
    pause = next_delay(delivery.attempts + 1, age, asked)
    if pause is None:
        spent = f"given up after {delivery.attempts + 1} attempts; last: {detail}"
        return Attempt(
            delivery, DeliveryState.FAILED, now, reason=Reason.RETRIES_SPENT, detail=spent, status=status
        )
    since: datetime | None = None
    state = DeliveryState.RETRYING
    if isinstance(error, AnswerLostError):
        state, since, pause = DeliveryState.UNKNOWN, now, max(pause, settle)
    elif delivery.doubtful:
        state, since = DeliveryState.UNKNOWN, delivery.doubtful_since
    return Attempt(
        delivery,
        state,
        now,
        run_at=now + pause,
        reason=error.reason,
        detail=detail,
        doubtful_since=since,
        status=status,
    )


def after_pause(delivery: Delivery, error: RateLimitedError, now: datetime) -> Attempt:
    """Tell of an attempt that was answered with the wish for a pause; `now` in UTC.

    Nothing was stored and nothing counts. It may go again at once: that its firm is paused, and until when,
    is known to the admission alone.
    """
    return Attempt(
        delivery,
        DeliveryState.UNKNOWN if delivery.doubtful else DeliveryState.RETRYING,
        now,
        run_at=now,
        reason=error.reason,
        detail=str(error),
        doubtful_since=delivery.doubtful_since if delivery.doubtful else None,
        status=error.status,
        pause=error.retry_after or timedelta(),
    )
