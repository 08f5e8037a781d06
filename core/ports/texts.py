"""Port: the text that is kept for a while only."""

from datetime import timedelta
from typing import Protocol


class Texts(Protocol):
    """Removes message text, names of people and files, and addresses; the proof of delivery stays.

    That is: ids, times, state and SmartAdvocate's id of the delivery, and the inbox's digest. Each method
    removes up to `limit` and returns how many; fewer than `limit` means that none was left.
    """

    def purge_delivered(self, after: timedelta, limit: int) -> int:
        """Remove what was delivered longer ago than `after`, or than its firm's own `keep_text_days`."""
        ...

    def purge_failed(self, after: timedelta, limit: int) -> int:
        """Remove what failed and was accepted longer ago than that. It cannot be replayed, and says so.

        What is held or on its way keeps its text: without it, it could never be delivered.
        """
        ...

    def purge_rejected(self, after: timedelta, limit: int) -> int:
        """Remove the bodies of rejected events that came longer ago than that; their reason stays."""
        ...
