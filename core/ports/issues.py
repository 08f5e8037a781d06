"""Port: problems that a person should look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Issue:
    """An open problem. Times are UTC; `times` counts its repeats."""

    firm_id: str
    kind: str
    key: str
    message: str
    opened_at: datetime
    last_seen_at: datetime
    times: int


class Issues(Protocol):
    """At most one open issue per (firm, kind, key); repeats update it."""

    def open(self, firm_id: str, kind: str, key: str, message: str) -> None:
        """Open an issue, or count one more of an open one. `message` holds no privileged content."""
        ...

    def resolve(self, firm_id: str, kind: str, key: str | None = None) -> int:
        """Resolve the open issue, or all of this kind if `key` is None. Their number."""
        ...

    def list_open(self, firm_id: str | None = None) -> Sequence[Issue]:
        """Return open issues, oldest first."""
        ...
