"""Port: upstream events, each recorded once."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.event import UpstreamEvent


class Recorded(StrEnum):
    """What recording an event came to."""

    NEW = "new"
    REPEATED = "repeated"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """An event set aside. `body` is None where it was too large to keep; `channel` is where it came from."""

    channel: str
    reason: str
    detail: str
    size: int
    body: bytes | None

    def __repr__(self) -> str:
        return f"RejectedEvent({self.channel!r}, {self.reason!r})"


class Inbox(Protocol):
    """Knows every message and document that was ever accepted: unique on (firm, kind, subject id)."""

    def record(self, events: Sequence[UpstreamEvent]) -> list[Recorded]:
        """Record each event; the answer has its verdicts in the same order.

        REPEATED: the same subject with the same content is known, or came earlier in this call.
        CONTRADICTS: known with other content; the first one stands.
        """
        ...

    def set_aside(self, events: Sequence[RejectedEvent]) -> None:
        """Keep events that do not validate, for a person to see and replay."""
        ...
