"""The night: firms do not start all at once, but each at a place of its own in a span of time (ADR 102).

A firm's place is a number that its id alone decides, so it is the same every night and for every scheduler.
What is kept of a night is the place that was reached, no time: whoever changes the span, or starts a
scheduler anew in the middle of it, goes on behind that place. Nobody is passed over or met twice.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.schedule import Daily

PLACES: Final = 1 << 32
_TICK: Final = timedelta(microseconds=1)


def place_of(firm_id: str) -> int:
    """Return the firm's place, below PLACES: the first four bytes of the SHA-256 of its id in UTF-8."""
    return int.from_bytes(hashlib.sha256(firm_id.encode()).digest()[:4])


def delay_of(firm_id: str, span: timedelta) -> timedelta:
    """Return how long after the slot's moment it is the firm's turn: less than `span`, 0 where that is 0."""
    return _TICK * (span // _TICK * place_of(firm_id) // PLACES)


def own_latest(daily: Daily, firm_id: str, now: datetime) -> datetime:
    """Return the latest moment at or before `now` (UTC) at which it was this firm's turn."""
    delay = delay_of(firm_id, daily.span)
    return daily.latest(now - delay) + delay


def own_following(daily: Daily, firm_id: str, now: datetime) -> datetime:
    """Return the first moment after `now` (UTC) at which it is this firm's turn."""
    delay = delay_of(firm_id, daily.span)
    return daily.following(now - delay) + delay


@dataclass(frozen=True, slots=True)
class Round:
    """One daily slot on its way through the firms. Times are UTC.

    Firms whose place is below `reached` had their turn; `moved_at` is when that was last looked at.
    """

    due_at: datetime
    reached: int
    moved_at: datetime

    @property
    def is_over(self) -> bool:
        """Whether all had their turn."""
        return self.reached >= PLACES

    @property
    def percent(self) -> int:
        """How far it has come."""
        return 100 * self.reached // PLACES

    def aim(self, now: datetime, span: timedelta) -> int:
        """Return the place before which it is everybody's turn at `now`; never one that was passed."""
        return max(self.reached, _first_ahead(now - self.due_at, span))

    def moved(self, reached: int, now: datetime) -> "Round":
        """Return it at a place further on."""
        return replace(self, reached=min(PLACES, max(self.reached, reached)), moved_at=now)


def _first_ahead(elapsed: timedelta, span: timedelta) -> int:
    """Return the lowest place whose turn has not come after so long."""
    if elapsed < timedelta():
        return 0
    if elapsed >= span:
        return PLACES
    return -(-(elapsed // _TICK + 1) * PLACES // (span // _TICK))
