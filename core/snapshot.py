"""What the store holds, in numbers that name no firm."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the store holds now. Ages are seconds, 0 where nothing waits."""

    deliveries: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (kind, state) -> number
    oldest_delivery_age_s: float = 0.0
    outbox_waiting: int = 0
    outbox_oldest_age_s: float = 0.0
    rejected_events: int = 0
    removal_behind_s: Mapping[str, float] = field(default_factory=dict)  # beyond its time, by what is removed
    dead_rows: Mapping[str, int] = field(
        default_factory=dict
    )  # table -> number, of those whose rows come and go
    oldest_transaction_age_s: float = 0.0
    unexpected_errors: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (doing, type) -> times
