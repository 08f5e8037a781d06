"""What people select and see of deliveries. No content: neither message text nor names."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from core.delivery import OPEN_STATES, DeliveryState
from core.event import EventKind
from core.pause import Pause
from core.reason import Reason

REPLAYABLE: Final = (DeliveryState.HELD, DeliveryState.FAILED, DeliveryState.RETRYING)
REPLAYED_BY_DEFAULT: Final = (DeliveryState.HELD, DeliveryState.FAILED)
# What a person may give up: all but what is being sent or has arrived.
DISCARDABLE: Final = (
    DeliveryState.PENDING,
    DeliveryState.RETRYING,
    DeliveryState.UNKNOWN,
    DeliveryState.HELD,
    DeliveryState.FAILED,
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What was there when something was counted: nothing that came, or was tried, afterwards is meant.

    The newest delivery's number, and the newest attempt's of any delivery.
    """

    newest_delivery: int
    newest_attempt: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Which deliveries; what is None or empty does not matter. `since` (UTC): received then or later.

    `has_text`: only those whose text has not been removed yet. `kept`: only those that nobody gave up.
    """

    firm_id: str | None = None
    case_integration_id: str | None = None
    states: tuple[DeliveryState, ...] = ()
    reason: Reason | None = None
    since: datetime | None = None
    kind: EventKind | None = None
    delivery_id: int | None = None
    has_text: bool = False
    kept: bool = False
    bounds: Bounds | None = None

    def replayable(self) -> "Selection":
        """Return what of it a replay takes: held and failed unless other states are named; perhaps none.

        What has lost its text cannot leave again. What somebody gave up does where it is named as such, or
        alone by its number.
        """
        meant = self.reason is Reason.DISCARDED or self.delivery_id is not None
        return replace(self._only(REPLAYABLE), kept=self.kept or not meant)

    def discardable(self) -> "Selection":
        """Return what of it can be given up: held and failed unless other states are named; perhaps none."""
        return replace(self._only(DISCARDABLE), kept=True)

    def _only(self, possible: tuple[DeliveryState, ...]) -> "Selection":
        wanted = self.states or REPLAYED_BY_DEFAULT
        return replace(self, states=tuple(state for state in wanted if state in possible), has_text=True)

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form without what does not matter."""
        data = {
            "firm": self.firm_id,
            "case": self.case_integration_id,
            "states": [state.value for state in self.states],
            "reason": self.reason and self.reason.value,
            "since": self.since and self.since.isoformat(),
            "kind": self.kind and self.kind.value,
            "delivery": self.delivery_id,
            "has_text": self.has_text,
            "kept": self.kept,
            "bounds": self.bounds and [self.bounds.newest_delivery, self.bounds.newest_attempt],
        }
        return {name: value for name, value in data.items() if value}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Selection":
        """Read what `to_data` wrote."""
        return cls(
            firm_id=data.get("firm"),
            case_integration_id=data.get("case"),
            states=tuple(DeliveryState(state) for state in data.get("states", ())),
            reason=Reason.of(data["reason"]) if "reason" in data else None,
            since=datetime.fromisoformat(data["since"]) if "since" in data else None,
            kind=EventKind(data["kind"]) if "kind" in data else None,
            delivery_id=data.get("delivery"),
            has_text=data.get("has_text", False),
            kept=data.get("kept", False),
            bounds=Bounds(*data["bounds"]) if "bounds" in data else None,
        )


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
        if self.reason in {None, Reason.RATE_LIMITED} or pause.by:
            return replace(seen, reason=pause.reason, detail=str(pause))
        return seen

    @property
    def kept_days(self) -> int | None:
        """How many whole days its text was kept, if it was removed."""
        return None if self.purged_at is None else (self.purged_at - self.created_at).days


class Befell(StrEnum):
    """What a timeline says beside states and the reasons of errors."""

    REPLAYED = "replayed"  # an outcome: somebody let it leave again
    DISCARDED = "discarded"  # an outcome: somebody gave it up
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
class Waiting:
    """Deliveries of one kind that wait for one and the same reason, since when the oldest does (UTC).

    `state` is HELD, FAILED, or PENDING for all that are on their way. `reason` is None where they only wait
    for their turn.
    """

    kind: EventKind
    state: DeliveryState
    reason: Reason | None
    number: int
    since: datetime


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A delivery that was given up, and had not failed before."""

    firm_id: str
    kind: EventKind
    case_integration_id: str
    subject_id: str


@dataclass(frozen=True, slots=True)
class Discarded:
    """What a batch of a discard came to: how many, which had not failed before, and where to go on."""

    number: int
    given_up: tuple[GivenUp, ...]
    after: int | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a batch of a replay came to: how many, whose, and after which delivery to go on (None: done)."""

    number: int
    owners: frozenset[tuple[str, EventKind]]
    after: int | None
