"""Port: everything that is kept of a firm."""

from typing import Protocol


class Tenants(Protocol):
    """Deletes a firm's data, at its wish."""

    def delete(self, firm_id: str) -> None:
        """Delete all rows of the firm but the audit log's, and the rejected events whose body names it.

        Raises UnknownFirmError; ConfigurationError unless the firm is disconnected or was never connected.
        """
        ...
