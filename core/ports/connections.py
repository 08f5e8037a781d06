"""Ports: the firms' connections, the consents that they begin with, and the keys that encrypt both."""

from collections.abc import Mapping, Sequence
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
    """Each firm's credentials and tokens, encrypted; opened by this service for this firm only.

    Whoever changes a firm's is alone with it. Raises TransientError where the store is out of reach,
    ConfigurationError where no key opens a row.
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


@dataclass(frozen=True, slots=True)
class Begun:
    """A consent that was begun. `state` goes through the browser, `verifier` only to the token endpoint."""

    state: str
    verifier: str

    def __repr__(self) -> str:
        return "Begun(…)"


class Consents(Protocol):
    """Consents under way, each begun in a browser's session; stored hashed, or encrypted.

    All by the store's clock; all values are unguessable. `session` is the secret of a session.
    """

    def begin(self, session: str, firm_id: str, life: timedelta) -> Begun | None:
        """Begin a consent in this session; earlier ones of it are void. None for a session that is over."""
        ...

    def take(self, session: str, state: str) -> tuple[str, str] | None:
        """Use the state up, and return (firm id, verifier). None unless it was begun in this very session."""
        ...


class Keys(Protocol):
    """Key ids with what each encrypts of connections and consents.

    Raises TransientError where the store is out of reach.
    """

    @property
    def current(self) -> str:
        """The id of the key that encrypts."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Return how many secrets each key encrypts, also keys that are not given any more."""
        ...

    def try_each(self) -> Sequence[str]:
        """Open one secret under each key that is stored; return what does not open, in words."""
        ...

    def unaware(self) -> Sequence[str]:
        """Return the processes at work on the store that do not know the current key, in words.

        As far as they show: one that is connected to nothing at the moment does not.
        """
        ...

    def rotate(self) -> tuple[int, Sequence[str]]:
        """Encrypt with the current key what is under another, while everybody works on.

        Returns how many secrets were encrypted anew, and what is in the way of others, in words. What
        somebody held at the moment is left for another call; `counts` tells.
        """
        ...
