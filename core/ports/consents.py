"""Port: links, browser sessions and states of the connection page. Stored hashed, or encrypted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Begun:
    """A consent that was begun. `state` goes through the browser, `verifier` only to the token endpoint."""

    state: str
    verifier: str

    def __repr__(self) -> str:
        return "Begun(…)"


class Consents(Protocol):
    """All by the store's clock; all values are unguessable."""

    def new_link(self, firm_id: str, life: timedelta) -> str:
        """Return the secret part of a link to the firm's page, good once within `life`."""
        ...

    def open_link(self, link: str, life: timedelta) -> str | None:
        """Use the link up, and return the secret of a browser session of its firm; None for a dead link."""
        ...

    def firm_of(self, session: str) -> str | None:
        """Return the session's firm, None for one that is unknown or over."""
        ...

    def ends_at(self, session: str) -> datetime | None:
        """Return when the session is over (UTC), None for one that is unknown or over."""
        ...

    def begin(self, session: str, life: timedelta) -> Begun | None:
        """Begin a consent in this session; earlier ones of it are void. None for a session that is over."""
        ...

    def take(self, session: str, state: str) -> tuple[str, str] | None:
        """Use the state up, and return (firm id, verifier). None unless it was begun in this very session."""
        ...
