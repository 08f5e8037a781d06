"""Shapes of rejected events."""

from datetime import datetime
from typing import Self

from pydantic import ConfigDict, Field

from adapters.web.api.v1.schemas import Shape
from core.reason import Reason
from core.usecases.replay_events import ReplayedEvents


class RejectedEvent(Shape):
    """An event that was set aside, without its body."""

    model_config = ConfigDict(frozen=True, from_attributes=True, coerce_numbers_to_str=True)

    event_id: str
    channel: str = Field(description="The queue it came by, or `http`.")
    reason: Reason
    detail: str
    size: int = Field(description="Bytes.")
    replayable: bool = Field(description="Whether its body is kept.")
    received_at: datetime
    replayed_at: datetime | None
    discarded_at: datetime | None
    discarded_why: str | None

    @classmethod
    def of(cls, found: object) -> Self:
        """Return the event's: all its fields are called so."""
        return cls.model_validate(found)


class ReplayedEvent(Shape):
    """What became of it; `possible` is false for one whose body is not kept, or that was replayed before."""

    accepted: bool
    possible: bool
    reason: Reason | None = Field(description="Why it is still refused.")

    @classmethod
    def of(cls, outcome: ReplayedEvents) -> Self:
        """Return the outcome of one."""
        reason = next(iter(outcome.reasons), None)
        return cls(accepted=outcome.accepted > 0, possible=not outcome.impossible, reason=reason)


class DiscardedEvent(Shape):
    """Whether it was given up."""

    discarded: bool
