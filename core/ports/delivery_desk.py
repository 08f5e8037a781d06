"""Port: what people see of deliveries and do with them. No content: neither message text nor names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from core.delivery import DeliveryState
from core.event import EventKind

REPLAYABLE: Final = (DeliveryState.HELD, DeliveryState.FAILED, DeliveryState.RETRYING)
REPLAYED_BY_DEFAULT: Final = (DeliveryState.HELD, DeliveryState.FAILED)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which deliveries; what is None or empty does not matter. `since` (UTC): received then or later.

    `has_text`: only those whose text has not been removed yet.
    """

    firm_id: str | None = None
    case_integration_id: str | None = None
    states: tuple[DeliveryState, ...] = ()
    reason: str | None = None
    since: datetime | None = None
    kind: EventKind | None = None
    delivery_id: int | None = None
    has_text: bool = False

    def replayable(self) -> "Selection":
        """Return what of it a replay takes: held and failed unless other states are named; perhaps none.

        What has lost its text cannot leave again.
        """
        wanted = self.states or REPLAYED_BY_DEFAULT
        states = tuple(state for state in wanted if state in REPLAYABLE)
        return replace(self, states=states, has_text=True)


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """A delivery without its content. Times are UTC; `stored_id` is SmartAdvocate's id of what it became."""

    delivery_id: int
    firm_id: str
    kind: EventKind
    case_integration_id: str
    subject_id: str
    state: DeliveryState
    reason: str | None
    detail: str | None
    attempts: int
    occurred_at: datetime
    created_at: datetime
    run_at: datetime | None
    delivered_at: datetime | None
    stored_id: str | None
    adopted: bool
    late: bool


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One attempt, or what else befell a delivery. Times are UTC.

    `outcome` is the state it led to, or "replayed". `began_at`, `took_ms` and `status` (what SmartAdvocate's
    HTTP answered with) are None where they are not known; `detail` has the server's words, cleaned.
    """

    ended_at: datetime
    outcome: str
    began_at: datetime | None = None
    took_ms: int | None = None
    status: int | None = None
    reason: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a batch of a replay came to: how many, whose, and after which delivery to go on (None: done)."""

    number: int
    owners: frozenset[tuple[str, EventKind]]
    after: int | None


class DeliveryDesk(Protocol):
    """Looks at deliveries, and sends them once more."""

    def find(self, selection: Selection, limit: int) -> Sequence[DeliverySummary]:
        """Return up to `limit` of those selected, newest first."""
        ...

    def count(self, selection: Selection) -> int:
        """Return how many are selected."""
        ...

    def timeline(self, delivery_id: int) -> Sequence[TimelineEntry]:
        """Return what befell the delivery, oldest first."""
        ...

    def replay(self, selection: Selection, *, after: int, limit: int) -> Replayed:
        """Let up to `limit` of those selected leave again, from the first with a number above `after` on.

        Only held, failed and retrying ones. Their attempts are counted anew; one that may have reached
        SmartAdvocate stays in doubt, so that it is looked up before anything is written.
        """
        ...
