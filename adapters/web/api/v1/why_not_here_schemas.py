"""Shapes of the answer to why a case is not here."""

from datetime import datetime
from typing import Self

from pydantic import Field

from adapters.web.api.v1.cases_schemas import Problem
from adapters.web.api.v1.schemas import Shape
from core.case import Outcome, SkipReason
from core.firm_view import CaseLine as CoreLine
from core.firm_view import Seen as CoreSeen
from core.queries.why_not_here import Absence, Answer
from core.queries.why_not_here import Whereabouts as CoreWhereabouts


class CaseLine(Shape):
    """A case that is here, in short."""

    readable_id: str
    client: str
    practice_area: str | None
    stage: str | None
    closed: bool
    modified_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, line: CoreLine) -> Self:
        """Return the case's."""
        return cls(
            readable_id=line.readable_id,
            client=line.client,
            practice_area=line.practice_area,
            stage=line.stage,
            closed=line.closed,
            modified_at=line.modified_at,
            changed_at=line.updated_at,
        )


class Seen(Shape):
    """When a run last met the case, and what it did."""

    run_id: str
    at: datetime
    outcome: Outcome
    reason: SkipReason | None

    @classmethod
    def of(cls, seen: CoreSeen) -> Self:
        """Return the meeting's."""
        return cls(run_id=str(seen.run_id), at=seen.at, outcome=seen.outcome, reason=seen.skip)


class Whereabouts(Shape):
    """Where one case stands."""

    absence: Absence = Field(description="`here` and `keeps`: it is here, as it should be or not.")
    case_integration_id: str | None = Field(description="Null where the words lead to no case.")
    case: CaseLine | None
    problem: Problem | None
    seen: Seen | None

    @classmethod
    def of(cls, found: CoreWhereabouts) -> Self:
        """Return the case's."""
        return cls(
            absence=found.absence,
            case_integration_id=found.integration_id or None,
            case=CaseLine.of(found.line) if found.line else None,
            problem=Problem.of(found.problem) if found.problem else None,
            seen=Seen.of(found.seen) if found.seen else None,
        )


class WhyNotHere(Shape):
    """At least one answer; `run_id` is the run that is under way now."""

    items: list[Whereabouts]
    run_id: str | None

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """Return the answer's."""
        run = answer.under_way
        return cls(
            items=[Whereabouts.of(found) for found in answer.found],
            run_id=None if run is None else str(run.run_id),
        )
