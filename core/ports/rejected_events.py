"""Port: upstream events that were set aside, as people see and replay them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RejectedSummary:
    """An event that was set aside, without its body. Times are UTC.

    One without body is not `replayable`: it was too large to keep, or was kept as long as text is.
    """

    event_id: int
    channel: str
    reason: str
    detail: str
    size: int
    replayable: bool
    received_at: datetime
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RejectedBody:
    """The bytes of an event that was set aside."""

    event_id: int
    channel: str
    body: bytes

    def __repr__(self) -> str:
        return f"RejectedBody({self.event_id}, {len(self.body)} bytes)"


class RejectedEvents(Protocol):
    """Events that `Inbox.set_aside` kept. None is ever deleted here."""

    def find(self, limit: int, *, with_replayed: bool = False) -> Sequence[RejectedSummary]:
        """Return up to `limit`, newest first; those that were replayed only if asked for."""
        ...

    def replayable(
        self, *, after: int, limit: int, event_ids: Sequence[int] | None = None
    ) -> Sequence[RejectedBody]:
        """Return bodies of those not replayed yet, by number from above `after`, or of `event_ids` only."""
        ...

    def mark_replayed(self, event_id: int) -> None:
        """Remember that it was accepted this time."""
        ...

    def explain(self, event_id: int, reason: str, detail: str) -> None:
        """Replace the reason: it was judged again and is still refused."""
        ...
