"""Shapes of deliveries."""

from datetime import datetime
from typing import Any, Self

from pydantic import Field

from adapters.web.api.api_words import WORDS
from adapters.web.api.v1.schemas import Shape
from core.delivery import DeliveryState
from core.delivery_selection import DeliverySummary, TimelineEntry
from core.event import EventKind
from core.queries.deliveries import DeliveryStory as CoreStory
from core.reason import Reason


class Delivery(Shape):
    """A message or document on its way. `stored_id` is SmartAdvocate's id of what it became."""

    delivery_id: str
    firm_id: str
    kind: EventKind
    case_integration_id: str
    subject_id: str = Field(description="Case Status' id of the message or document.")
    state: DeliveryState
    reason: Reason | None
    next_step: str | None
    detail: str | None
    attempts: int
    occurred_at: datetime
    received_at: datetime
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    stored_id: str | None
    late: bool = Field(description="A newer one of its case had gone out before.")
    text_removed_at: datetime | None

    @classmethod
    def of(cls, found: DeliverySummary) -> Self:
        """Return the delivery's."""
        return cls(**_fields(found))


class Entry(Shape):
    """An attempt, or what else befell it: `outcome` is the state it led to, or `replayed`."""

    at: datetime
    outcome: str
    began_at: datetime | None
    took_ms: int | None
    status: int | None = Field(description="What SmartAdvocate's HTTP answered with.")
    reason: str | None
    detail: str | None
    late: bool

    @classmethod
    def of(cls, entry: TimelineEntry) -> Self:
        """Return the entry's."""
        return cls(
            at=entry.ended_at,
            outcome=entry.outcome,
            began_at=entry.began_at,
            took_ms=entry.took_ms,
            status=entry.status,
            reason=entry.reason,
            detail=entry.detail,
            late=entry.late,
        )


class DeliveryStory(Delivery):
    """A delivery with its timeline, oldest first."""

    timeline: list[Entry]

    @classmethod
    def told(cls, story: CoreStory) -> Self:
        """Return the story's."""
        return cls(**_fields(story.delivery), timeline=[Entry.of(entry) for entry in story.timeline])


class Replayed(Shape):
    """Whether it leaves again."""

    replayed: bool


def _fields(found: DeliverySummary) -> dict[str, Any]:
    return {
        "delivery_id": str(found.delivery_id),
        "firm_id": found.firm_id,
        "kind": found.kind,
        "case_integration_id": found.case_integration_id,
        "subject_id": found.subject_id,
        "state": found.state,
        "reason": found.reason,
        "next_step": WORDS[found.reason].next_step if found.reason else None,
        "detail": found.detail,
        "attempts": found.attempts,
        "occurred_at": found.occurred_at,
        "received_at": found.created_at,
        "next_attempt_at": found.run_at,
        "delivered_at": found.delivered_at,
        "stored_id": found.stored_id,
        "late": found.late,
        "text_removed_at": found.purged_at,
    }
