"""How long and how large an exchange with SmartAdvocate may be."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for each step, and bytes.

    `read` must stay below `core.delivery.SETTLE_AFTER_LOST_ANSWER`. It holds for each wait on the socket, and
    for an answer's body as a whole. The search has its own, as clients use for byDatePaged (API sheet,
    section 1).
    """

    connect: float = 5.0
    read: float = 20.0
    search_read: float = 60.0
    write: float = 20.0
    pool: float = 10.0
    answer_bytes: int = 128 * 2**20  # a page of 5,000 full cases is about 15 MiB

    def seconds(self, *, search: bool = False) -> dict[str, float]:
        """Return them as the transport reads them."""
        read = self.search_read if search else self.read
        return {"connect": self.connect, "read": read, "write": self.write, "pool": self.pool}


DEFAULT_LIMITS: Final = Limits()
