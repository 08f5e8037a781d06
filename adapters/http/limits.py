"""How long and how large an exchange with another system may be."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for each step, and bytes.

    `read` holds for each wait on the socket, and for an answer's body as a whole; towards SmartAdvocate it
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
        """Return them as the transport reads them."""
        read = self.slow_read if slow else self.read
        return {"connect": self.connect, "read": read, "write": self.write, "pool": self.pool}


DEFAULT_LIMITS: Final = Limits()
