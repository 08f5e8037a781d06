"""Shapes of runs."""

from datetime import datetime
from typing import Any, Self

from pydantic import Field

from adapters.web.api.v1.schemas import Asked, Shape
from core.progress import Progress as CoreProgress
from core.queries.runs import RunView as CoreView
from core.reason import Reason
from core.run import Run as CoreRun
from core.run import RunState, Trigger


class RunWanted(Asked):
    """What a run is to read: usually the cases of the last 30 days."""

    full: bool = Field(False, description="Ten years again, as at the first import.")


class StartedRun(Shape):
    """A run; `new` is false for one that was under way. `then` is what follows it, if anything."""

    run_id: str
    new: bool
    then: Trigger | None


class Cancelled(Shape):
    """Whether it was cancelled."""

    cancelled: bool


class Run(Shape):
    """A run. `reason` and `detail` say why it rests, or how it ended."""

    run_id: str
    firm_id: str
    trigger: Trigger
    state: RunState
    reason: Reason | None
    detail: str | None
    started_at: datetime
    ended_at: datetime | None
    then: Trigger | None

    @classmethod
    def of(cls, run: CoreRun) -> Self:
        """Return the run's."""
        return cls(**_fields(run))


class Progress(Shape):
    """How far it has come: null where nobody can tell."""

    doing: str
    pages: int
    cases: int
    per_second: float
    cases_left: int | None
    seconds_left: int | None
    estimated: bool

    @classmethod
    def of(cls, found: CoreProgress) -> Self:
        """Return the progress's."""
        left = found.time_left
        return cls(
            doing=found.doing,
            pages=found.pages,
            cases=found.cases,
            per_second=round(found.per_second, 1),
            cases_left=found.cases_left,
            seconds_left=round(left.total_seconds()) if left is not None else None,
            estimated=found.estimated,
        )


class RunView(Run):
    """A run with its cases by outcome (and by `skipped:reason`), and how far it has come."""

    counts: dict[str, int]
    progress: Progress

    @classmethod
    def seen(cls, view: CoreView) -> Self:
        """Return the view's."""
        return cls(**_fields(view.run), counts=dict(view.counts), progress=Progress.of(view.progress))


def _fields(run: CoreRun) -> dict[str, Any]:
    return {
        "run_id": str(run.run_id),
        "firm_id": run.firm_id,
        "trigger": run.trigger,
        "state": run.state,
        "reason": run.reason,
        "detail": run.detail,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "then": run.then,
    }
