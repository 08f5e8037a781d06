"""Port: what the store holds, in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the store holds now. Ages are seconds, 0 where nothing waits."""

    deliveries: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (kind, state) -> number
    oldest_delivery_age_s: float = 0.0
    outbox_waiting: int = 0
    outbox_oldest_age_s: float = 0.0
    rejected_events: int = 0


class Statistics(Protocol):
    """Takes a snapshot of the store by cheap queries."""

    def snapshot(self) -> Snapshot:
        """Return the numbers as they are now. Raises TransientError while the store is out of reach."""
        ...
