"""A firm as those see it who look after many: how long since its last good night, and how much is open."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.firm import ConnectionState


class FirmOrder(StrEnum):
    """What firms are ordered by: those first that need somebody most."""

    NIGHT = "night"
    PROBLEMS = "problems"


@dataclass(frozen=True, slots=True)
class FirmAtAGlance:
    """One firm. Times are UTC; `good_at` is when a run over its window last ended well, None where none has.

    `issues` are open, muted ones too. `first_synced_at` is None until its ten years are here.
    """

    firm_id: str
    name: str
    connection: ConnectionState
    nightly_sync: bool
    first_synced_at: datetime | None
    paused_until: datetime | None
    paused_by: str
    good_at: datetime | None
    issues: int

    def nights_without(self, now: datetime) -> int | None:
        """Return how many whole days have passed since the last good run; None where there was none."""
        return None if self.good_at is None else max(0, (now - self.good_at).days)

    def is_paused(self, now: datetime) -> bool:
        """Tell whether it is paused; `now` in UTC."""
        return self.paused_until is not None and self.paused_until > now


@dataclass(frozen=True, slots=True)
class Behind:
    """Where a page of firms goes on: behind this firm, and what it was ordered by."""

    firm_id: str
    good_at: datetime | None = None
    issues: int = 0

    @classmethod
    def after(cls, firm: FirmAtAGlance) -> "Behind":
        """Return the place behind a firm."""
        return cls(firm.firm_id, firm.good_at, firm.issues)
