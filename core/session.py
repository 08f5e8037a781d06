"""A browser's session: who signed in, how, and for how long."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.actor import Actor


class Way(StrEnum):
    """How somebody signed in. The words are stored and shown."""

    LINK = "link"
    """By a link that is good once."""
    CONNECT_LINK = "connect-link"
    """By a firm's link to its connection page, good once; the visitor has no name."""
    PROVIDER = "provider"
    """At the identity provider."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """`idle`: so long without a page that somebody asked for. `whole`: whatever is done in it."""

    idle: timedelta
    whole: timedelta


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is about to have a session.

    `person` tells whose it is: all sessions of one `person` are listed and ended together. It is not the
    name: two people of different firms may have one.
    """

    actor: Actor
    person: str
    way: Way
    limits: SessionLimits


@dataclass(frozen=True, slots=True)
class Session:
    """One session. Times are UTC; `idle_until` moves on with use. `agent` is its browser, by its own word."""

    session_id: int
    actor: Actor
    person: str
    way: Way
    issued_at: datetime
    seen_at: datetime
    idle_until: datetime
    ends_at: datetime
    agent: str

    @property
    def over_at(self) -> datetime:
        """When it is over if nothing more is asked for (UTC)."""
        return min(self.idle_until, self.ends_at)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was just opened, with the secret that its browser keeps and nobody else has."""

    secret: str
    session: Session

    def __repr__(self) -> str:
        return "Opened(…)"
