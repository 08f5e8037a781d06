"""Port: browsers' sessions, and the links that open them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from core.actor import Reach
from core.session import Opened, Session, Visitor


class Sessions(Protocol):
    """All by the store's clock. Secrets are unguessable, and stored as digests alone.

    They belong to people and not to firms, so they are for transactions of the system: a use case asks for
    the session's secret, or for who may.
    """

    def new_link(self, visitor: Visitor, life: timedelta) -> str:
        """Return the secret part of a link that opens one session within `life`."""
        ...

    def open_link(self, link: str, agent: str) -> Opened | None:
        """Use the link up and open its session; None for a link that is used up, too old or unknown."""
        ...

    def open(self, visitor: Visitor, agent: str) -> Opened:
        """Open a session. `agent` is cut to a length that can be shown."""
        ...

    def find(self, secret: str) -> Session | None:
        """Return the session of this secret; None for one that is unknown, ended or over."""
        ...

    def touch(self, session_id: int) -> None:
        """Note that somebody asked for something in it just now."""
        ...

    def of(self, person: str, within: Reach) -> Sequence[Session]:
        """Return the sessions of this person that are not over, the newest first.

        Only those that reach no more than `within`.
        """
        ...

    def end(self, person: str, within: Reach, session_id: int | None = None) -> int:
        """End one session of this person, or all of them; return how many were ended. Links go as well.

        Only what reaches no more than `within`.
        """
        ...

    def end_known_as(self, name: str) -> int:
        """End all sessions and links of whoever goes by this name, or has it as the provider's subject."""
        ...

    def forget_firm(self, firm_id: str) -> None:
        """Take the firm from all sessions and links, and end those that are left without any."""
        ...
