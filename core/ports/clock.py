"""Port: the time."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time by which all processes count; a machine whose own clock is wrong does not."""

    def now(self) -> datetime:
        """Return the current instant, timezone-aware, in UTC."""
        ...
