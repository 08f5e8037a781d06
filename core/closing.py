"""How a firm's SmartAdvocate says that a case is closed. Unknown (API sheet, section 6), so a setting."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ClosedRule:
    """Closed if the status has one of these names (exact), or if a closed date is present."""

    status_names: tuple[str, ...] = ("Closed",)
    closed_date_means_closed: bool = True

    def is_closed(self, status: str | None, closed_at: datetime | None) -> bool:
        """Tell from the main status and the closed date of a SmartAdvocate case."""
        return status in self.status_names or (self.closed_date_means_closed and closed_at is not None)
