"""Port: upstream events, each recorded once. Those that do not validate are set aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from core.actor import Reach
from core.event import UpstreamEvent
from core.reason import Reason
from core.retention import Remembered


class Recorded(StrEnum):
    """What recording an event came to."""

    NEW = "new"
    REPEATED = "repeated"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """An event set aside. `body` is None where it was too large to keep; `channel` is where it came from."""

    channel: str
    reason: Reason
    detail: str
    size: int
    body: bytes | None

    def __repr__(self) -> str:
        return f"RejectedEvent({self.channel!r}, {self.reason!r})"


@dataclass(frozen=True, slots=True)
class RejectedSummary:
    """An event that was set aside, without its body. Times are UTC.

    One without body is not `replayable`: it was too large to keep, was kept as long as text is, or is
    another firm's than who brought it may send for.
    """

    event_id: int
    channel: str
    reason: Reason
    detail: str
    size: int
    replayable: bool
    received_at: datetime
    replayed_at: datetime | None
    discarded_at: datetime | None = None
    discarded_why: str | None = None


@dataclass(frozen=True, slots=True)
class RejectedGroup:
    """Rejected events of one channel and reason that nobody has decided on. Times are UTC.

    `replayable` of the `number` still have their bytes. `newest` is the highest number among them.
    """

    channel: str
    reason: Reason
    number: int
    replayable: int
    oldest_at: datetime
    newest_at: datetime
    newest: int


@dataclass(frozen=True, slots=True)
class RejectedBody:
    """The bytes of an event that was set aside."""

    event_id: int
    channel: str
    body: bytes

    def __repr__(self) -> str:
        return f"RejectedBody({self.event_id}, {len(self.body)} bytes)"


class Inbox(Protocol):
    """Knows every message and document that was ever accepted: unique on (firm, kind, subject id).

    None of them is ever forgotten, so that nothing is done twice.
    """

    def record(self, events: Sequence[UpstreamEvent]) -> list[Recorded]:
        """Record each event; the answer has its verdicts in the same order.

        REPEATED: the same subject with the same content is known, or came earlier in this call.
        CONTRADICTS: known with other content; the first one stands.
        """
        ...

    def remembered(self, firms: Reach, name: str, limit: int) -> Sequence[Remembered]:
        """Return what is left of these firms' deliveries that are gone, newest first.

        Of the message or document of this id, or stored as this note or document.
        """
        ...

    def set_aside(self, events: Sequence[RejectedEvent]) -> None:
        """Keep events that do not validate, for a person to see and replay."""
        ...

    def rejected(
        self,
        limit: int,
        *,
        with_replayed: bool = False,
        before: int | None = None,
        reason: Reason | None = None,
    ) -> Sequence[RejectedSummary]:
        """Return up to `limit` that were set aside, newest first; only those of lower number than `before`.

        Those that were replayed or given up only if asked for.
        """
        ...

    def rejected_groups(self) -> Sequence[RejectedGroup]:
        """Return what nobody has decided on by channel and reason, the largest groups first."""
        ...

    def discard(
        self,
        why: str,
        *,
        event_ids: Sequence[int] | None,
        reason: Reason | None,
        newest: int | None,
        limit: int,
    ) -> Sequence[int]:
        """Give up to `limit` up that nobody has decided on, and remove their bytes. Returns their numbers.

        `event_ids`: only these; `reason` and `newest`: only such, up to that number.
        """
        ...

    def rejected_one(self, event_id: int) -> RejectedSummary | None:
        """Return one that was set aside, whatever has become of it; None for no such number."""
        ...

    def replayable(
        self,
        *,
        after: int,
        limit: int,
        event_ids: Sequence[int] | None = None,
        reason: Reason | None = None,
        newest: int | None = None,
    ) -> Sequence[RejectedBody]:
        """Return bodies of those not decided on, by number from above `after`.

        `event_ids`: of these only; `reason` and `newest`: of such only, up to that number.
        """
        ...

    def set_aside_among(self, event_ids: Sequence[int]) -> set[int]:
        """Return those of the numbers under which an event was ever set aside."""
        ...

    def mark_replayed(self, event_id: int) -> None:
        """Remember that it was accepted this time."""
        ...

    def explain(self, event_id: int, reason: Reason, detail: str) -> None:
        """Replace the reason: it was judged again and is still refused."""
        ...

    def purge_rejected(self, after: timedelta, limit: int) -> int:
        """Remove up to `limit` bodies of those that came longer ago than `after`; their reason stays.

        Returns how many. Fewer than `limit`: none was left.
        """
        ...
