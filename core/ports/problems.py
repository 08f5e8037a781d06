"""Port: cases that something is wrong with, apart from any window."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.case import SkipReason
from core.firm_view import ProblemGroup
from core.problem import CaseProblem, UnmatchedName


class Problems(Protocol):
    """At most one problem a case; each remembers in which run, and with which settings, it was last tried."""

    def settle(
        self, firm_id: str, run_id: int, version: int, tried: Collection[str], found: Sequence[CaseProblem]
    ) -> Mapping[str, SkipReason]:
        """Of the cases `tried`, those in `found` have that problem now and the others have none.

        `version` is the firm's settings version they were tried with. Returns what is cured, by case.
        """
        ...

    def to_retry(
        self,
        firm_id: str,
        run_id: int,
        version: int,
        reasons: Collection[SkipReason] | None,
        limit: int,
        *,
        since: datetime | None = None,
    ) -> Sequence[CaseProblem]:
        """Return problems not yet tried in this run, or tried with older settings than `version`, by id.

        Only those with one of `reasons`, where given. With `since` (UTC) those whose case had changed at that
        time or later when it was last tried, by that time.
        """
        ...

    def modified(self, firm_id: str, integration_ids: Sequence[str]) -> Mapping[str, datetime]:
        """Return the cases' own times (UTC) at their last try, of those among them that are skipped."""
        ...

    def list(
        self, firm_id: str, reason: SkipReason | None = None, *, after: str = "", limit: int = 50
    ) -> Sequence[CaseProblem]:
        """Return problems by integration id (byte order), behind `after`."""
        ...

    def get(self, firm_id: str, integration_id: str) -> CaseProblem | None:
        """Return the problem of a case, or None."""
        ...

    def groups(self, firm_id: str, limit: int) -> Sequence[ProblemGroup]:
        """Return the firm's cases with a problem by cause, the oldest first."""
        ...

    def called(self, firm_id: str, words: str, limit: int) -> Sequence[CaseProblem]:
        """Return problems of cases whose number begins so, or whose client's name holds this, by id."""
        ...

    def names(self, firm_id: str) -> Sequence[UnmatchedName]:
        """Return what matches nothing, with the number of cases, most first."""
        ...

    def counts(self, firm_id: str) -> Mapping[SkipReason, int]:
        """Return the number of cases by reason."""
        ...
