"""Port: the removal of what has served its purpose."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from core.retention import Growing, Mark, RemovalState, Removed, Retention


class Removal(Protocol):
    """Removes by batches, the oldest first. What is still needed stays, however old it is.

    Nothing goes that waits, is held or in doubt, or that an open issue is about. Of a message or document,
    the inbox keeps what became of it (`Inbox.remembered`), and knows it for ever.
    """

    def begin(self, what: Growing) -> bool:
        """Take the right to remove of this, until the transaction ends. False while another has it."""
        ...

    def remove(self, what: Growing, keep: timedelta, limit: int, after: Mark | None = None) -> Removed:
        """Remove of what is older than `keep`, looking at `limit` or so, from behind `after` on.

        What is in use by others is passed over. Texts have ports of their own: ValueError.
        """
        ...

    def note(self, what: Growing, keep: timedelta, removed: Removed) -> None:
        """Remember how far it has come."""
        ...

    def states(self, retention: Retention) -> Sequence[RemovalState]:
        """Return how far the removal of each has come that was ever begun, by name."""
        ...
