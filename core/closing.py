"""How a firm's SmartAdvocate says that a case is closed (API sheet, section 15, 3).

Its field names are UNKNOWN and its firms name their statuses themselves, so each step is a setting.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from core.case import SourceCase

DEFAULT_STATUSES: Final = ("Closed Case", "Closed")
DEFAULT_STAGES: Final = ("Closed",)


@dataclass(frozen=True, slots=True)
class ClosedRule:
    """Closed by a closing date that has come, else by SmartAdvocate's own stage, else by the main status.

    Names are exact. A date in the future has not come: the case is open until then.
    """

    status_names: tuple[str, ...] = DEFAULT_STATUSES
    closed_date_means_closed: bool = True
    stage_names: tuple[str, ...] = DEFAULT_STAGES

    def is_closed(self, case: SourceCase, now: datetime) -> bool:
        """Tell whether the case is closed at `now` (UTC)."""
        if self.closed_date_means_closed and case.closed_at is not None and case.closed_at <= now:
            return True
        return case.source_stage in self.stage_names or case.status in self.status_names

    def closes_at(self, case: SourceCase, now: datetime) -> datetime | None:
        """Return when an open case will close by itself (UTC), or None."""
        if not self.closed_date_means_closed or case.closed_at is None or self.is_closed(case, now):
            return None
        return case.closed_at

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form; stages stand in it where they are not the default ones."""
        data: dict[str, Any] = {
            "status_names": list(self.status_names),
            "closed_date_means_closed": self.closed_date_means_closed,
        }
        return data if self.stage_names == DEFAULT_STAGES else {**data, "stage_names": list(self.stage_names)}
