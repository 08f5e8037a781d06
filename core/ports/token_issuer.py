"""Port: gets a new bearer token for a firm's stored credentials."""

from typing import Protocol

from core.firm import Firm
from core.ports.credentials import Credentials, Issued


class TokenIssuer(Protocol):
    """A log-in by password, or a refresh at the token endpoint. One request, never repeated here."""

    def issue(self, firm: Firm, credentials: Credentials) -> Issued:
        """Return a fresh token; its credentials replace those given (refresh tokens may rotate).

        Raises ConnectionRejectedError where the credentials are no longer accepted, AnswerLostError where
        the server may have used them up and its answer never came, TransientError, ConfigurationError.
        """
        ...
