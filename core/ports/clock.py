"""Port: the time."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time of this machine."""

    def now(self) -> datetime:
        """Return the current instant, timezone-aware, in UTC."""
        ...
