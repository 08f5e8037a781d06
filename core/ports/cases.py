"""Port: the cases as Case Status keeps them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from core.actor import Reach
from core.case import Case
from core.changes import CaseAsOf, FieldChange, PastChange
from core.firm_view import CaseFilter, CaseLine


class Cases(Protocol):
    """Cases by (firm, integration id)."""

    def lock(self, firm_id: str) -> None:
        """Wait until nobody else stores this firm's cases, and keep others waiting until this ends.

        To be taken before anything else of the transaction.
        """
        ...

    def get(self, firm_id: str, integration_ids: Sequence[str]) -> dict[str, Case]:
        """Return those of the firm's cases that are stored."""
        ...

    def existing(self, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return those (firm id, integration id) that are stored."""
        ...

    def number(self, firm_id: str) -> int:
        """Return how many of the firm's cases are stored."""
        ...

    def some(self, firm_id: str, limit: int) -> Sequence[tuple[str, str]]:
        """Return up to `limit` of the firm's cases as (integration id, readable id).

        They are those changed last, of the thousand with the highest ids: samples, not a ranking.
        """
        ...

    def save(self, firm_id: str, cases: Sequence[Case]) -> None:
        """Insert or replace. A stored case's client stays as it is, whatever `cases` says."""
        ...

    def record_changes(self, firm_id: str, run_id: int, changes: Sequence[FieldChange]) -> None:
        """Remember what changed, and in which run."""
        ...

    def changes(
        self, firm_id: str, integration_id: str, limit: int = 50, *, before: int | None = None
    ) -> Sequence[PastChange]:
        """Return what changed about a case, newest first; only what has a lower number than `before`."""
        ...

    def changed(self, firm_id: str, after: tuple[datetime, str], limit: int) -> Sequence[CaseAsOf]:
        """Return the firm's cases behind that time (UTC) and integration id, by time and id.

        A case that is stored again goes to the end. Who stores cases takes turns (`lock`), so whoever has
        read up to a case has missed none before it.
        """
        ...

    def changed_at(self, firm_id: str, integration_id: str) -> datetime | None:
        """Return when the case was last stored (UTC); None where it is not here."""
        ...

    def called(self, firm_id: str, words: str, limit: int) -> Sequence[str]:
        """Return the integration ids of cases whose client's name begins so, in any order; see `CaseFilter`.

        Quick in the system's transactions alone (ADR 107): `core.queries.called`.
        """
        ...

    def list(
        self,
        firm_id: str,
        wanted: CaseFilter,
        before: tuple[str, str] | None,
        limit: int,
        called: Sequence[str] = (),
    ) -> Sequence[CaseLine]:
        """Return lines of cases by number and integration id (byte order), the highest first.

        `before` is the number and the id of the last one that was seen. Where there are words, `called` are
        the cases whose clients' names match: the names are not looked at again.
        """
        ...

    def count(self, firm_id: str, wanted: CaseFilter, most: int, called: Sequence[str] = ()) -> int:
        """Return how many there are; counting ends at `most`."""
        ...

    def firms_with(self, firms: Reach, integration_id: str, limit: int) -> Sequence[str]:
        """Return those of the firms that have a case with this id, in order: no more than `limit`."""
        ...
