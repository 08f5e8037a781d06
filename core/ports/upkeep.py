"""Port: how the store itself is doing, over all firms."""

from collections.abc import Sequence
from typing import Protocol

from core.retention import RemovalState, Retention
from core.upkeep import Backlog, LastSlot, OpenTransaction, TableHealth


class Upkeep(Protocol):
    """Answers at a bounded cost, however much is stored. Raises TransientError while the store is away."""

    def last_slots(self) -> Sequence[LastSlot]:
        """Return the newest slot that was started of each timed job, by name."""
        ...

    def tables(self) -> Sequence[TableHealth]:
        """Return the tables, the largest first."""
        ...

    def removals(self, retention: Retention) -> Sequence[RemovalState]:
        """Return how far the removal of each has come that was ever begun, by name."""
        ...

    def oldest_transaction(self) -> OpenTransaction | None:
        """Return the oldest transaction, of whatever program, that keeps the store from cleaning up."""
        ...

    def backlogs(self) -> Sequence[Backlog]:
        """Return what waits, by firm and kind, the oldest first.

        As it is now, or was lately: what took long to count is kept for a while.
        """
        ...
