"""Port: a valid bearer token for a firm, however it was obtained."""

from typing import Protocol

from core.firm import Firm


class BearerTokens(Protocol):
    """Gives bearer tokens. Password log-in today; OAuth joins behind the same two methods."""

    def token(self, firm: Firm) -> str:
        """Return a token that has not expired. Raises ConnectionRejectedError, TransientError."""
        ...

    def renew(self, firm: Firm, rejected: str) -> str:
        """Return another token than `rejected`, which the server refused although it had not expired.

        Callers that were refused with the same token at the same time share one log-in.
        Raises ConnectionRejectedError, TransientError.
        """
        ...
