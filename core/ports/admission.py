"""Port: how fast a firm's SmartAdvocate may be called."""

from datetime import datetime, timedelta
from typing import Final, Protocol

from core.firm import Firm

DEFAULT_PAUSE: Final = timedelta(seconds=30)  # of a firm whose SmartAdvocate asked for one without its length


class Admission(Protocol):
    """Keeps each firm's `requests_per_second` and its pauses, for all threads and processes together."""

    def wait(self, firm: Firm, *, not_after: datetime | None = None) -> None:
        """Return when one request of the firm may be sent, which is to happen at once.

        Raises, without waiting: RateLimitedError with what is left of it while the firm is paused;
        TransientError where it would be later than `not_after` (UTC), and when the process is stopping.
        Raises TransientError when the store is out of reach.
        """
        ...

    def hold(self, firm_id: str, pause: timedelta) -> None:
        """Hold back all requests of the firm that long, at once here and within a second everywhere.

        For what SmartAdvocate asked for; a longer pause in force stays.
        """
        ...
