"""What people select and see of deliveries. No content: neither message text nor names."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.delivery import OPEN_STATES, DeliveryState
from core.event import EventKind
from core.pause import Pause
from core.reason import Reason

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
    reason: Reason | None = None
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
    """A delivery without its content. Times are UTC; `stored_id` is SmartAdvocate's id of what it became.

    `purged_at` is when its text was removed; of a failed one `detail` then says what it had failed with.
    """

    delivery_id: int
    firm_id: str
    kind: EventKind
    case_integration_id: str
    subject_id: str
    state: DeliveryState
    reason: Reason | None
    detail: str | None
    attempts: int
    occurred_at: datetime
    created_at: datetime
    run_at: datetime | None
    delivered_at: datetime | None
    stored_id: str | None
    adopted: bool
    late: bool
    purged_at: datetime | None = None

    def at(self, now: datetime, pause: Pause | None) -> "DeliverySummary":
        """Return it as it stands now (UTC): with the pause of its firm, and no next attempt in the past."""
        if self.state not in OPEN_STATES or self.state is DeliveryState.HELD:
            return self
        run_at = max(self.run_at or now, now)
        if pause is None:
            return replace(self, run_at=run_at if self.run_at else None)
        seen = replace(self, run_at=max(run_at, pause.until))
        if self.reason in {None, Reason.RATE_LIMITED}:
            return replace(seen, reason=Reason.RATE_LIMITED, detail=str(pause))
        return seen

    @property
    def kept_days(self) -> int | None:
        """How many whole days its text was kept, if it was removed."""
        return None if self.purged_at is None else (self.purged_at - self.created_at).days


class Befell(StrEnum):
    """What a timeline says beside states and the reasons of errors."""

    REPLAYED = "replayed"  # an outcome: somebody let it leave again
    ADOPTED = "adopted"  # a reason: an earlier attempt had stored it


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One attempt, or what else befell a delivery. Times are UTC.

    `outcome` is the state it led to, or REPLAYED. `began_at`, `took_ms` and `status` (what SmartAdvocate's
    HTTP answered with) are None where they are not known; `detail` has the server's words, cleaned. `late`:
    a newer one of its case had gone out before.
    """

    ended_at: datetime
    outcome: str
    began_at: datetime | None = None
    took_ms: int | None = None
    status: int | None = None
    reason: Reason | Befell | None = None
    detail: str | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a batch of a replay came to: how many, whose, and after which delivery to go on (None: done)."""

    number: int
    owners: frozenset[tuple[str, EventKind]]
    after: int | None
