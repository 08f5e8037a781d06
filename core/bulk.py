"""A bulk operation: everything that matches a selection leaves again, or is given up, as one object.

counted ──▶ confirmed ──▶ running ──▶ done
   └───────────┴────────────┴──────▶ cancelled

First it is counted; then a person confirms it with a reason; then it is worked off in batches, each a
transaction of its own. What it has done stays when it is cancelled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from core.actor import GOES_ON, Actor, Power, Powers, Reach, covers
from core.delivery_selection import Selection


class BulkKind(StrEnum):
    """What becomes of the deliveries: they leave again, or are given up."""

    REPLAY = "replay"
    DISCARD = "discard"


class BulkState(StrEnum):
    """Where an operation stands."""

    COUNTED = "counted"
    CONFIRMED = "confirmed"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


# What a worker still has to do with, and what a person can still stop.
AT_WORK: Final = (BulkState.CONFIRMED, BulkState.RUNNING)
STOPPABLE: Final = (BulkState.COUNTED, *AT_WORK)

# What a kind asks of whoever wants it: nothing brings back what a client wrote and somebody gave up.
POWER_FOR: Final[Mapping[BulkKind, Powers]] = MappingProxyType(
    {BulkKind.REPLAY: GOES_ON, BulkKind.DISCARD: Power.OPERATE}
)
LONGEST_WHY: Final = 500


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """One operation. Times are UTC; `firms` are those whose deliveries it may touch.

    `counted` is how many matched; `done` how many were replayed or given up so far. `after` is the number of
    the last delivery that was looked at. `why` is what the person wrote who confirmed it.
    """

    bulk_id: int
    kind: BulkKind
    firms: Reach
    selection: Selection
    state: BulkState
    counted: int
    counted_by: str
    counted_at: datetime
    done: int = 0
    after: int = 0
    why: str = ""
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None

    @property
    def is_at_work(self) -> bool:
        """Whether it goes on by itself."""
        return self.state in AT_WORK

    @property
    def is_stoppable(self) -> bool:
        """Whether it can be cancelled."""
        return self.state in STOPPABLE

    @property
    def left_out(self) -> int:
        """How many of those counted had moved on by themselves when their turn came; 0 before the end."""
        return max(0, self.counted - self.done) if self.state is BulkState.DONE else 0

    @property
    def percent(self) -> int:
        """How much of it is done, in whole percent."""
        if self.state is BulkState.DONE:
            return 100
        return min(99, 100 * self.done // self.counted) if self.counted else 0

    def left_for(self, now: datetime) -> timedelta | None:
        """Return how long it still takes at the pace it had so far; None where nobody can tell."""
        if not self.is_at_work or not self.done or self.confirmed_at is None:
            return None
        return (now - self.confirmed_at) / self.done * max(0, self.counted - self.done)

    def is_of(self, actor: Actor) -> bool:
        """Tell whether all its firms are the actor's."""
        return covers(actor.firms, self.firms)
