"""Port: what the store holds, in numbers."""

from typing import Protocol

from core.snapshot import Snapshot


class Statistics(Protocol):
    """Takes a snapshot of the store by cheap queries."""

    def snapshot(self) -> Snapshot:
        """Return the numbers as they are now. Raises TransientError while the store is out of reach."""
        ...
