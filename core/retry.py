"""When a failed delivery is tried again (design, section 6)."""

from datetime import timedelta
from typing import Final

RETRY_DELAYS: Final = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
)
GIVE_UP_AFTER: Final = timedelta(hours=24)


def next_delay(attempts: int, age: timedelta, retry_after: timedelta | None = None) -> timedelta | None:
    """Return the pause before the next attempt, or None when retries are spent.

    `attempts` counts those made so far (1 after the first failure), `age` the time since the first of
    them. A server's Retry-After stretches the pause, never shortens it.
    """
    if attempts > len(RETRY_DELAYS) or age >= GIVE_UP_AFTER:
        return None
    return max(RETRY_DELAYS[attempts - 1], retry_after or timedelta())
