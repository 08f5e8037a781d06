"""How long the server lets a transaction of ours go on (ADR 101).

One that is held open keeps the server from cleaning up after everybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_KNOWS_TRANSACTIONS: Final = 170_000
"""From this version on a server can limit a whole transaction (`transaction_timeout`)."""


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """In seconds: for a statement, for a wait between two of them, for a whole transaction, for a lock.

    What exceeds one is ended by the server, which rolls the transaction back.
    """

    statement_s: float = 60.0
    idle_s: float = 60.0
    transaction_s: float = 300.0
    lock_s: float = 10.0

    def settings(self, server_version: int) -> Mapping[str, str]:
        """Return what PostgreSQL calls them, as far as a server of this version knows it."""
        known = {
            "statement_timeout": self.statement_s,
            "idle_in_transaction_session_timeout": self.idle_s,
            "lock_timeout": self.lock_s,
        }
        if server_version >= _KNOWS_TRANSACTIONS:
            known["transaction_timeout"] = self.transaction_s
        return {name: f"{seconds * 1000:.0f}ms" for name, seconds in known.items()}


WORK: Final = TimeLimits()
"""Of workers, intake and schedulers: work goes on by itself, and one that was ended is done again."""
PEOPLE: Final = TimeLimits(statement_s=20.0, idle_s=15.0, transaction_s=60.0, lock_s=5.0)
"""Of people and programs, who wait for an answer and ask again."""
