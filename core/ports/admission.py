"""Port: how fast a firm's SmartAdvocate may be called."""

from datetime import datetime, timedelta
from typing import Protocol

from core.firm import Firm
from core.pause import DEFAULT_PAUSE

__all__ = ["DEFAULT_PAUSE", "Admission"]


class Admission(Protocol):
    """Keeps each firm's `requests_per_second` and its pauses, for all threads and processes together.

    The one owner of what a SmartAdvocate asks for: nobody else writes the length or the end of that. A
    person's pause (`Firms.pause_by_hand`) is kept all the same, and is neither made longer nor shorter here.
    """

    def wait(self, firm: Firm, *, not_after: datetime | None = None) -> None:
        """Return when one request of the firm may be sent, which is to happen at once.

        Raises, without waiting: FirmPausedError with what is left of it while the firm is paused;
        TransientError where it would be later than `not_after` (UTC), and when the process is stopping.
        Raises TransientError when the store is out of reach.
        """
        ...

    def hold(self, firm_id: str, pause: timedelta | None, call: str = "") -> timedelta:
        """Hold back all requests of the firm that long, at once here and within a second everywhere.

        For what SmartAdvocate asked for, None where it named no length: then for DEFAULT_PAUSE. No pause is
        longer than the deployment grants; what asks for more is shortened, and opens an issue with what was
        asked and by which `call`. A longer pause in force stays, but for one whose length was not named: that
        gives way to any that is. A person's pause stays. Returns how long was granted.
        """
        ...

    def shorten(self, firm_id: str, asked: timedelta, call: str) -> timedelta:
        """Return how much is granted of a wait that holds back one thing only; more opens the same issue."""
        ...

    def spoke(self, firm_id: str) -> None:
        """Note that SmartAdvocate answered and asked for no pause: one that has ended is forgotten.

        The issue about it is resolved.
        """
        ...
