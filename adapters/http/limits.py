"""How long and how large an exchange with another system may be."""

import time
from dataclasses import dataclass
from typing import Final


class Altogether(float):
    """Seconds that each wait for a server may last, and all waits for one answer together.

    From the first wait on, or until `ends_s` by the monotonic clock: an answer whose headers drip would
    otherwise last for ever, each of its bytes in time.
    """

    ends_s: float | None

    def __new__(cls, seconds: float, ends_s: float | None = None) -> "Altogether":
        made = super().__new__(cls, seconds)
        made.ends_s = ends_s
        return made

    def left_s(self) -> float:
        """Return how long the next wait may last; zero or less where no time is left."""
        now_s = time.monotonic()
        if self.ends_s is None:
            self.ends_s = now_s + self
        return min(float(self), self.ends_s - now_s)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for each step, and bytes.

    `read` holds for each wait on the socket, and for an answer as a whole; towards SmartAdvocate it
    must stay below `core.delivery.SETTLE_AFTER_LOST_ANSWER`. `slow_read` stands for it where an answer is
    known to take long, as that of a case search does (API sheet, section 1).
    """

    connect: float = 5.0
    read: float = 20.0
    slow_read: float = 60.0
    write: float = 20.0
    pool: float = 10.0
    answer_bytes: int = 16 * 2**20  # a page of 5,000 full cases is about 12 MiB

    def seconds(self, *, slow: bool = False) -> dict[str, float]:
        """Return them as the transport reads them, for one request."""
        read = Altogether(self.slow_read if slow else self.read)
        return {"connect": self.connect, "read": read, "write": self.write, "pool": self.pool}


DEFAULT_LIMITS: Final = Limits()
