"""Port: the names that a firm's SmartAdvocate uses, as they were last read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.firm_view import SourceName


class SourceNames(Protocol):
    """Names of statuses, case types, roles and tracks. They are the firm's words, not about any client."""

    def replace(self, firm_id: str, names: Sequence[SourceName]) -> None:
        """Keep these in place of the firm's names of before."""
        ...

    def list(self, firm_id: str) -> Sequence[SourceName]:
        """Return the firm's names, by kind and name (byte order)."""
        ...

    def read_at(self, firm_id: str) -> datetime | None:
        """Return when they were read (UTC); None where they never were."""
        ...
