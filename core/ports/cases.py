"""Port: the cases as Case Status keeps them."""

from collections.abc import Collection, Sequence
from typing import Protocol

from core.case import Case


class Cases(Protocol):
    """Cases by (firm, integration id)."""

    def get(self, firm_id: str, integration_ids: Sequence[str]) -> dict[str, Case]:
        """Return those of the firm's cases that are stored."""
        ...

    def existing(self, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return those (firm id, integration id) that are stored."""
        ...

    def save(self, firm_id: str, cases: Sequence[Case]) -> None:
        """Insert or replace. A stored case's client stays as it is, whatever `cases` says."""
        ...
