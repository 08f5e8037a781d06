"""Port: the firms' connections: credentials and tokens, encrypted, one owner at a time."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from core.credentials import Account, Credentials, Issued
from core.errors import CasebridgeError


@dataclass(frozen=True, slots=True)
class Bearer:
    """A stored token. `base_url` is the only place it may go.

    `is_fresh` until it should be renewed, `is_good` until it expires; by the store's clock.
    """

    token: str
    base_url: str
    is_fresh: bool
    is_good: bool
    version: int

    def __repr__(self) -> str:
        return f"Bearer(…, version={self.version})"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the last attempt to get a token failed; it is not repeated for `remaining`."""

    error: CasebridgeError
    remaining: timedelta


@dataclass(frozen=True, slots=True)
class Connection:
    """A firm's connection. `version` is another one each time the firm connects, even as the same user.

    `serial` counts its tokens; `failures` the attempts that failed since the last token; `refusal` is None
    once its pause is over.
    """

    firm_id: str
    credentials: Credentials
    account: Account
    base_url: str
    version: int
    serial: int
    bearer: Bearer | None
    refusal: Refusal | None = None
    failures: int = 0


class LockedConnection(Protocol):
    """A connection that nobody else can change meanwhile."""

    def read(self) -> Connection | None:
        """Return it as it is stored now; None where the firm has none (any more)."""
        ...

    def keep(self, issued: Issued, base_url: str) -> None:
        """Store token and credentials together, stored on return. A refusal before it is forgotten.

        The token's life counts from the last `read`. `base_url` is the only place it may go.
        """
        ...

    def refuse(self, error: CasebridgeError, pause: timedelta, *, counts: bool = True) -> None:
        """Store that an attempt failed, and that it is not repeated for `pause`; stored on return.

        One that does not count leaves `failures` as they are.
        """
        ...

    def forget(self) -> None:
        """Remove it with its secrets, stored on return."""
        ...


class Connections(Protocol):
    """Each firm's connection, opened by this service for this firm only.

    Raises TransientError where the store is out of reach, ConfigurationError where no key opens a row.
    """

    def bearer(self, firm_id: str) -> Bearer | None:
        """Return the firm's token, fresh or not. One read by key: meant for every call to SmartAdvocate."""
        ...

    def get(self, firm_id: str) -> Connection | None:
        """Return the firm's connection, without keeping others from changing it."""
        ...

    def locked(self, firm_id: str) -> AbstractContextManager[LockedConnection]:
        """Wait for whoever changes the firm's connection, on any machine, and keep others out meanwhile."""
        ...

    def lift_pause(self, firm_id: str) -> None:
        """Let a token be asked for again at once, where the server had asked for a pause."""
        ...

    def put(self, firm_id: str, base_url: str, credentials: Credentials, issued: Issued | None = None) -> int:
        """Store a connection in place of what was there, with a new version, which is returned.

        Tokens and refusals of the old one are gone for every worker on return.
        """
        ...
