"""An API key: what a program shows to say which one it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.actor import Actor, Power, Reach, Role

USE_NOTED_EVERY: Final = timedelta(minutes=5)
"""How exact `used_at` is: a request writes nothing unless the last note is older."""
OVERLAP: Final = timedelta(days=1)
"""How long a key that was rotated goes on beside its successor, unless it is said otherwise."""
LONGEST_OVERLAP: Final = timedelta(days=30)
DEFAULT_LIFE: Final = timedelta(days=365)


class KeyState(StrEnum):
    """Where a key stands."""

    GOOD = "good"
    ENDING = "ending"  # it has a successor, and goes on for a while
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret, of which `begins` shows how it begins. Times are UTC.

    `used_at` is as exact as USE_NOTED_EVERY, None for one that was never used. `followed_by` is the id of the
    key that was made in its place.
    """

    key_id: int
    name: str
    begins: str
    scopes: frozenset[Power]
    firms: Reach
    made_at: datetime
    made_by: str
    expires_at: datetime | None
    revoked_at: datetime | None = None
    used_at: datetime | None = None
    followed_by: int | None = None

    def actor(self) -> Actor:
        """Return the program that shows this key."""
        return Actor(self.name, Role.SERVICE, self.firms, self.scopes)

    def state(self, now: datetime) -> KeyState:
        """Return where it stands; `now` in UTC."""
        if self.revoked_at is not None:
            return KeyState.REVOKED
        if self.expires_at is not None and self.expires_at <= now:
            return KeyState.EXPIRED
        return KeyState.GOOD if self.followed_by is None else KeyState.ENDING

    def opens(self, now: datetime) -> bool:
        """Tell whether it is good for anything; `now` in UTC."""
        return self.state(now) in {KeyState.GOOD, KeyState.ENDING}


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made, with its secret: it is shown now and never again."""

    key: ApiKey
    secret: str

    def __repr__(self) -> str:
        return f"NewKey({self.key.name!r}, …)"
