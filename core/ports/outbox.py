"""Ports: the outbox. What is to be published is stored in the transaction of the change it tells of.

What was published stays for some time, to be read and sent again (`core.announced.KEPT`).
"""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Protocol

from core.actor import Reach
from core.announced import Announced
from core.announcement import Announcement
from core.outbox_row import OutboxRow


class Outbox(Protocol):
    """Takes announcements; the relay publishes them after the commit, in this order per case.

    Each gets its place when it has been published, one after the other in the order in which the exchange got
    them: whoever has read up to a place has missed none before it. One that is sent again gets a new place.
    """

    def announce(self, announcements: Sequence[Announcement]) -> None:
        """Store them."""
        ...

    def behind(self, firms: Reach, place: int, limit: int) -> Sequence[Announced]:
        """Return up to `limit` of these firms behind `place`, in order."""
        ...

    def last_place(self, firms: Reach) -> int:
        """Return the last place of these firms' announcements, 0 where there is none."""
        ...

    def newest(
        self,
        firms: Reach,
        *,
        before: int | None = None,
        kind: str | None = None,
        subject: str | None = None,
        limit: int,
    ) -> Sequence[Announced]:
        """Return up to `limit` of these firms that are published, newest first, before the place."""
        ...

    def get(self, number: int) -> Announced | None:
        """Return one, published or not; None where there is none (any more)."""
        ...

    def send_again(self, number: int) -> bool:
        """Let it be published once more, with the same id; False for one that waits for that already."""
        ...

    def give_all_a_try(self, firm_id: str) -> None:
        """Let nothing of the firm be set aside any more. An announcement that fails again is so at once."""
        ...

    def remove_texts(self, after: timedelta, limit: int) -> int:
        """Remove what staff wrote from up to `limit` published longer ago than that. Their number."""
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
