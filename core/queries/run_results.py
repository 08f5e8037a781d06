"""What a run did with each case, by result and reason."""

from core.actor import Actor, Power
from core.case import Outcome, SkipReason
from core.paging import Page, Place, bounded, page_of
from core.ports.unit_of_work import UnitsOfWork
from core.run import CaseResult
from core.usecases.steps.known_run import known_run


class RunResults:
    """Looks at the rows of a run of the actor's firms."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(
        self,
        actor: Actor,
        run_id: int,
        outcome: Outcome | None,
        skip: SkipReason | None,
        after: Place | None,
        limit: int,
    ) -> Page[CaseResult]:
        """Return a page of them, by integration id; None for an outcome or reason: all. UnknownThingError."""
        limit = bounded(limit)
        with self._units_of_work(actor) as uow:
            known_run(uow, actor, run_id, Power.LOOK)
            behind = str(after[0]) if after else None
            found = uow.runs.results(run_id, outcome=outcome, skip=skip, after=behind, limit=limit + 1)
        return page_of(found, limit, lambda result: (result.integration_id,))
