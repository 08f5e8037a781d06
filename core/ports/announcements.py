"""Port: what was announced, as long as it is kept (`core.announced.KEPT`)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from core.actor import Reach
from core.announced import Announced


class Announcements(Protocol):
    """Announcements in the order in which the exchange got them.

    Each gets its place when it has been published, one after the other: whoever has read up to a place has
    missed none before it. One that is sent again gets a new place.
    """

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

    def remove_texts(self, after: timedelta, limit: int) -> int:
        """Remove what staff wrote from up to `limit` published longer ago than that. Their number."""
        ...
