"""Shapes of bulk operations."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from adapters.web.api.v1.schemas import Asked, Shape, Text, Time
from core.bulk import LONGEST_WHY, BulkKind, BulkState
from core.bulk import BulkOperation as CoreOperation
from core.delivery import DeliveryState
from core.delivery_selection import Selection
from core.event import EventKind
from core.reason import Reason


class BulkWanted(Asked):
    """What is to become of which deliveries, by the filters of the list; none means all."""

    kind: BulkKind
    firm_id: Text | None = Field(None, examples=["north"])
    case_integration_id: Text | None = None
    state: Annotated[list[DeliveryState], Field(max_length=10)] = Field(default=[], examples=[["failed"]])
    reason: Reason | None = None
    delivery_kind: EventKind | None = None
    since: Time | None = None

    def selection(self) -> Selection:
        """Return the deliveries as the core selects them."""
        states = tuple(sorted(set(self.state)))
        return Selection(
            self.firm_id, self.case_integration_id, states, self.reason, self.since, self.delivery_kind
        )


class Confirmation(Asked):
    """Why."""

    why: str = Field(
        min_length=1,
        max_length=LONGEST_WHY,
        pattern=r"^[^\x00]*[^\x00\s][^\x00]*$",
        examples=["SmartAdvocate is back"],
    )


class BulkOperation(Shape):
    """An operation. `counted` matched; `done` have left again, or were given up, so far."""

    bulk_id: str
    kind: BulkKind
    state: BulkState
    counted: int
    done: int
    percent: int
    left_out: int = Field(description="Of those counted, how many had moved on when their turn came.")
    why: str
    counted_by: str
    counted_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    ended_by: str | None
    ended_at: datetime | None

    @classmethod
    def of(cls, operation: CoreOperation) -> Self:
        """Return the operation's."""
        return cls(
            bulk_id=str(operation.bulk_id),
            kind=operation.kind,
            state=operation.state,
            counted=operation.counted,
            done=operation.done,
            percent=operation.percent,
            left_out=operation.left_out,
            why=operation.why,
            counted_by=operation.counted_by,
            counted_at=operation.counted_at,
            confirmed_by=operation.confirmed_by,
            confirmed_at=operation.confirmed_at,
            ended_by=operation.ended_by,
            ended_at=operation.ended_at,
        )
