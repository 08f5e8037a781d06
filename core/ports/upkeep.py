"""Port: how the store itself is doing, and what it holds in numbers, over all firms."""

from collections.abc import Sequence
from typing import Protocol

from core.snapshot import Snapshot
from core.upkeep import Backlog, LastSlot, OpenTransaction, TableHealth


class Upkeep(Protocol):
    """Answers at a bounded cost, however much is stored. Raises TransientError while the store is away."""

    def snapshot(self) -> Snapshot:
        """Return the numbers as they are now, or were lately: what took long to count is kept for a while.

        Deliveries are counted in all states but `delivered`, without those that were given up. The oldest of
        them is the oldest that waits for nobody (pending, sending, retrying, unknown), by when it was
        accepted. Rejected events count until somebody has decided on them.
        """
        ...

    def last_slots(self) -> Sequence[LastSlot]:
        """Return the newest slot that was started of each timed job, by name."""
        ...

    def tables(self) -> Sequence[TableHealth]:
        """Return the tables, the largest first."""
        ...

    def oldest_transaction(self) -> OpenTransaction | None:
        """Return the oldest transaction, of whatever program, that keeps the store from cleaning up."""
        ...

    def backlogs(self) -> Sequence[Backlog]:
        """Return what waits, by firm and kind, the oldest first.

        As it is now, or was lately, like a snapshot.
        """
        ...
