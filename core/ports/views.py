"""Port: what pages show of a firm, each in one reading."""

from collections.abc import Sequence
from typing import Protocol

from core.case import Outcome, SkipReason
from core.firm_view import CaseFilter, CaseLine, ProblemGroup, Seen, Waiting
from core.problem import CaseProblem
from core.run import CaseResult


class Views(Protocol):
    """Looks at what is stored, and changes nothing. Numbers obey the same filter as the rows beside them."""

    def problem_groups(self, firm_id: str, limit: int) -> Sequence[ProblemGroup]:
        """Return the firm's cases with a problem by cause, the oldest first."""
        ...

    def waiting(self, firm_id: str) -> Sequence[Waiting]:
        """Return what of the firm is not delivered, by kind, state and reason, the oldest first."""
        ...

    def called(self, firm_id: str, words: str, limit: int) -> Sequence[str]:
        """Return the integration ids of cases whose client's name begins so, in any order; see `CaseFilter`.

        Quick in the system's transactions alone (ADR 107): `core.queries.called`.
        """
        ...

    def cases(
        self,
        firm_id: str,
        wanted: CaseFilter,
        before: tuple[str, str] | None,
        limit: int,
        called: Sequence[str] = (),
    ) -> Sequence[CaseLine]:
        """Return cases by number and integration id (byte order), the highest first.

        `before` is the number and the id of the last one that was seen. Where there are words, `called` are
        the cases whose clients' names match: the names are not looked at again.
        """
        ...

    def count_cases(self, firm_id: str, wanted: CaseFilter, most: int, called: Sequence[str] = ()) -> int:
        """Return how many there are; counting ends at `most`."""
        ...

    def problems_called(self, firm_id: str, words: str, limit: int) -> Sequence[CaseProblem]:
        """Return problems of cases whose number begins so, or whose client's name holds this, by id."""
        ...

    def last_seen(self, firm_id: str, integration_id: str) -> Seen | None:
        """Return what the last run that met the case did; None where none of the firm's newest 60 did."""
        ...

    def results(
        self, run_id: int, outcome: Outcome | None, skip: SkipReason | None, after: str | None, limit: int
    ) -> Sequence[CaseResult]:
        """Return a run's rows by integration id (byte order) behind `after`, with the client's name."""
        ...
