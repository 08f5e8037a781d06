"""Port: bulk operations on deliveries."""

from collections.abc import Sequence
from typing import Protocol

from core.actor import Reach
from core.bulk import BulkKind, BulkOperation
from core.delivery_selection import Bounds, Selection


class BulkOperations(Protocol):
    """Operations, by number. Each change asks for the state that it is possible in."""

    def bounds(self) -> Bounds:
        """Return what is there now. What comes, or is tried, later lies beyond it.

        Read before anything is counted.
        """
        ...

    def add(self, by: str, kind: BulkKind, firms: Reach, selection: Selection, counted: int) -> BulkOperation:
        """Keep what was counted by somebody. Those that nobody confirmed within a day are forgotten."""
        ...

    def get(self, bulk_id: int) -> BulkOperation | None:
        """Return it, or None."""
        ...

    def list(self, firms: Reach, limit: int, *, before: int | None = None) -> Sequence[BulkOperation]:
        """Return operations that touch these firms alone, newest first, those below the number `before`.

        Those that nobody confirmed are left out.
        """
        ...

    def confirm(self, bulk_id: int, by: str, why: str) -> bool:
        """Let a counted one be worked off. False if it is in another state."""
        ...

    def cancel(self, bulk_id: int, by: str) -> bool:
        """End one that is not over. False if it is. Waits for a batch under way, which stays done."""
        ...

    def take(self) -> BulkOperation | None:
        """Lock the confirmed or running one that waits longest until the transaction ends, and return it.

        None if there is none, or others have them.
        """
        ...

    def advance(self, bulk_id: int, done: int, after: int | None) -> None:
        """Count `done` more, and go on after that number next time; None: it is done."""
        ...

    def is_any_left(self) -> bool:
        """Tell whether a confirmed or running one has not been worked on for a minute."""
        ...
