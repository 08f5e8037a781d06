"""Ports: the outbox. What is to be published is stored in the transaction of the change it tells of."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from core.announcement import Announcement
from core.outbox_row import OutboxRow


class Outbox(Protocol):
    """Takes announcements; the relay publishes them after the commit, in this order per case."""

    def announce(self, announcements: Sequence[Announcement]) -> None:
        """Store them."""
        ...


class OutboxWindow(Protocol):
    """A window of outbox rows that no other relay can see until it is closed."""

    @property
    def rows(self) -> Sequence[OutboxRow]:
        """The rows, in the order they must be published."""
        ...

    def mark_published(self, row_ids: Collection[int]) -> None:
        """Mark rows; in force when the window closes without an error."""
        ...

    def mark_failed(self, row_ids: Collection[int]) -> None:
        """Count one more try that failed, of rows that cannot be published whatever the broker does.

        One that failed so often is set aside (`core.ports.tries`), and is no part of windows meanwhile. Where
        it is a firm's announcement, an issue tells of it until it is published. In force as above.
        """
        ...


class OutboxReader(Protocol):
    """Opens windows of unpublished rows, oldest first."""

    def window(self, limit: int) -> AbstractContextManager[OutboxWindow]:
        """Open a window of up to `limit` rows: empty when there are none or another relay is at work."""
        ...

    def wait(self, timeout_s: float) -> bool:
        """Wait until rows may have been added, or the time has passed. True if woken by a row.

        Commits wake whoever waits, what is rolled back wakes nobody. A wake-up may be lost, as when a process
        or a connection ends: so it is looked for rows every second besides, and four times a second while
        there is work.
        """
        ...
