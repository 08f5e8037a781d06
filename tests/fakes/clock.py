"""A clock that moves only when told to."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Starts at a fixed instant (UTC)."""

    def __init__(self, start: datetime = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the instant to which the clock was moved last."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move on."""
        self._now += by
