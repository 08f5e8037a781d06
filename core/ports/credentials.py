"""Port: what a firm logs in to SmartAdvocate with, kept encrypted."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PasswordCredentials:
    """A SmartAdvocate user of the firm.

    `version` is another each time credentials are stored, even if they are the same: whoever connects a
    firm again means it to be tried again.
    """

    username: str
    password: str
    version: str = field(default="", compare=False)

    def __repr__(self) -> str:
        return "PasswordCredentials(…)"


class Credentials(Protocol):
    """Stores each firm's credentials so that only this service, for this firm, can open them."""

    def get(self, firm_id: str) -> PasswordCredentials | None:
        """Return the firm's credentials with their version, or None.

        Raises ConfigurationError when no key opens them.
        """
        ...

    def put(self, firm_id: str, credentials: PasswordCredentials) -> None:
        """Store them in place of what was there; stored on return."""
        ...
