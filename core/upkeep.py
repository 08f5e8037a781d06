"""What people who keep casebridge going look at: timed jobs, tables, and what waits for longest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.delivery import DeliveryState
from core.event import EventKind
from core.night import Round
from core.reason import Reason
from core.schedule import JobName

TOO_LONG: Final = timedelta(minutes=5)
_MANY_PERCENT: Final = 40
_MANY_ROWS: Final = 10_000


@dataclass(frozen=True, slots=True)
class LastSlot:
    """The newest slot of a timed job that was started: when it was due, and when that was done (UTC).

    `round` is how far it has come, where it is one that goes round the firms.
    """

    name: JobName
    due_at: datetime
    done_at: datetime
    round: Round | None = None


@dataclass(frozen=True, slots=True)
class TableHealth:
    """A table by the store's own estimates: rows, rows that are no longer seen, and bytes with its indexes.

    `oldest_at` is when its oldest row was made (UTC), where that can be told cheaply; `cleaned_at` when the
    store last cleaned it.
    """

    name: str
    rows: int
    dead_rows: int
    size_bytes: int
    oldest_at: datetime | None
    cleaned_at: datetime | None

    @property
    def dead_percent(self) -> int:
        """How much of it is no longer seen, in whole percent."""
        whole = self.rows + self.dead_rows
        return 100 * self.dead_rows // whole if whole else 0

    @property
    def is_behind(self) -> bool:
        """Whether the store does not keep up with cleaning it."""
        return self.dead_percent >= _MANY_PERCENT and self.dead_rows > _MANY_ROWS


@dataclass(frozen=True, slots=True)
class OpenTransaction:
    """The oldest transaction that keeps the store from cleaning up after everybody.

    `held_by` is what its program calls itself, "" where that is not known; `since` is UTC.
    """

    held_by: str
    since: datetime
    for_: timedelta

    @property
    def is_too_long(self) -> bool:
        """Whether it is longer than any of ours may be."""
        return self.for_ > TOO_LONG


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What keeps the store from cleaning, and the tables where it does not keep up."""

    held: OpenTransaction | None
    behind: Sequence[TableHealth]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits of a firm and kind, and the oldest of it, by when it was accepted. Times are UTC."""

    firm_id: str
    kind: EventKind
    number: int
    oldest_id: int
    oldest_at: datetime
    state: DeliveryState
    reason: Reason | None
    run_at: datetime | None
