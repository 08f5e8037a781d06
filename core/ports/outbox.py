"""Port: announcements, stored in the transaction of the change they tell of."""

from collections.abc import Sequence
from typing import Protocol

from core.announcement import Announcement


class Outbox(Protocol):
    """Takes announcements; the relay publishes them after the commit, in this order per case."""

    def announce(self, announcements: Sequence[Announcement]) -> None:
        """Store them."""
        ...
