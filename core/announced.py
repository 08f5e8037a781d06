"""What was announced: an event as the exchange got it, with its place in the order of its announcing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

KEPT: Final = timedelta(days=7)  # after its publication an announcement can be read and sent again
TEXT_KEPT: Final = timedelta(days=1)  # of what staff wrote


@dataclass(frozen=True, slots=True)
class Announced:
    """An announcement. `event` is the CloudEvent; `subject` the case's integration id, "" where it has none.

    `place` orders announcements as the exchange got them; None for one that waits to be published (again).
    Times are UTC. `has_text` is False where what staff wrote has been removed: it is not sent again.
    """

    number: int
    place: int | None
    firm_id: str
    kind: str
    subject: str
    event: Mapping[str, Any]
    created_at: datetime
    published_at: datetime | None
    has_text: bool = True

    def __repr__(self) -> str:
        return f"Announced({self.number}, {self.kind}, firm={self.firm_id!r})"
