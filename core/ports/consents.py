"""Port: consents under way, each begun in a browser's session. Stored hashed, or encrypted."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Begun:
    """A consent that was begun. `state` goes through the browser, `verifier` only to the token endpoint."""

    state: str
    verifier: str

    def __repr__(self) -> str:
        return "Begun(…)"


class Consents(Protocol):
    """All by the store's clock; all values are unguessable. `session` is the secret of a session."""

    def begin(self, session: str, firm_id: str, life: timedelta) -> Begun | None:
        """Begin a consent in this session; earlier ones of it are void. None for a session that is over."""
        ...

    def take(self, session: str, state: str) -> tuple[str, str] | None:
        """Use the state up, and return (firm id, verifier). None unless it was begun in this very session."""
        ...
