"""A delivery: one message or document on its way to SmartAdvocate (design, section 6).

pending ──▶ sending ──▶ delivered
              ├──▶ retrying  transient; again at `run_at`
              ├──▶ held      needs a person or another event
              ├──▶ failed    permanent, or retries spent; replayable
              └──▶ unknown   the answer was lost: read before any repeat
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from core.errors import AnswerLostError, CasebridgeError, ErrorClass
from core.event import EventKind
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


class HoldReason(StrEnum):
    """Why a delivery waits for a person or another event."""

    FIRM_UNKNOWN = "firm_unknown"
    CASE_NOT_IMPORTED = "case_not_imported"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery as a worker takes it up.

    `doubtful` is True when an earlier attempt may have reached SmartAdvocate: what is there is read before
    anything is sent. `doubtful_since` (UTC) is when that attempt ended at the latest;
    `first_attempt_at` (UTC) is when the first one began.
    """

    delivery_id: int
    firm_id: str
    kind: EventKind
    case_integration_id: str
    subject_id: str
    occurred_at: datetime
    data: Mapping[str, Any]
    attempts: int = 0
    doubtful: bool = False
    doubtful_since: datetime | None = None
    first_attempt_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Delivery({self.delivery_id}, firm={self.firm_id!r}, subject={self.subject_id!r})"


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attempt ended. `run_at` (UTC) for retrying and unknown; `reason` and `detail` for people.

    `stored_id` is SmartAdvocate's id of the note or document, for delivered; `adopted` says that an earlier
    attempt had stored it.
    `doubtful_since` (UTC) for unknown: since when a write of ours may be under way.
    """

    delivery: Delivery
    state: DeliveryState
    ended_at: datetime
    stored_id: str | None = None
    run_at: datetime | None = None
    reason: str | None = None
    detail: str | None = None
    adopted: bool = False
    doubtful_since: datetime | None = None


# After a lost answer the server may still be storing: what is not there yet may come. Only after this
# pause does "not there" count. Longer than any read time limit of ours.
SETTLE_AFTER_LOST_ANSWER = timedelta(seconds=45)


def after_error(
    delivery: Delivery,
    error: CasebridgeError,
    now: datetime,
    settle: timedelta = SETTLE_AFTER_LOST_ANSWER,
) -> Attempt:
    """Decide what becomes of a delivery whose attempt raised `error`; `now` in UTC."""
    detail = str(error)
    if error.error_class is ErrorClass.NEEDS_PERSON:
        return Attempt(delivery, DeliveryState.HELD, now, reason=error.reason, detail=detail)
    if error.error_class is ErrorClass.PERMANENT:
        return Attempt(delivery, DeliveryState.FAILED, now, reason=error.reason, detail=detail)
    age = now - (delivery.first_attempt_at or now)
    pause = next_delay(delivery.attempts + 1, age, error.retry_after)
    if pause is None:
        spent = f"given up after {delivery.attempts + 1} attempts; last: {detail}"
        return Attempt(delivery, DeliveryState.FAILED, now, reason="retries_spent", detail=spent)
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
    )
