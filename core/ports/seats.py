"""Port: the seats of people's commands beside a firm's jobs."""

from datetime import timedelta
from typing import Protocol


class Seats(Protocol):
    """Who may call a firm's SmartAdvocate outside a job. Jobs take and give back theirs by `Jobs`.

    All seats of a firm together, jobs' and these, are at most the firm's `concurrency`, whatever process
    they are in. Each method is the first of its transaction, which is committed at once.
    """

    def ask(self, firm_id: str, lease: timedelta) -> int:
        """Ask for the next seat that becomes free, and return the number of the request.

        While it stands, no job takes that seat. It lapses after the lease.
        """
        ...

    def take(self, seat_id: int, lease: timedelta) -> bool:
        """Take the seat asked for, for the length of the lease. False while none is free, or it lapsed."""
        ...

    def leave(self, seat_id: int) -> None:
        """Give back a seat or a request; the firm's next parked job is published. Unknown ids do nothing."""
        ...
