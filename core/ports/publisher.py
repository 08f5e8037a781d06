"""Port: the broker, as the relay publishes what the outbox holds."""

from collections.abc import Collection, Sequence
from typing import Protocol

from core.outbox_row import OutboxRow


class Publisher(Protocol):
    """Publishes rows so that each is safe with the broker on return."""

    def publish(self, rows: Sequence[OutboxRow]) -> Collection[int]:
        """Publish in order and return the ids that the broker has confirmed; the others are to be repeated.

        Raises TransientError when the broker is out of reach.
        """
        ...

    def close(self) -> None:
        """Close the connection; what was confirmed stays."""
        ...
