"""Cases as they came over: what is wrong with some, and what changed about one."""

from collections.abc import Sequence

from core.actor import Actor, Power
from core.case import SkipReason
from core.ports.cases import PastChange
from core.ports.unit_of_work import UnitsOfWork
from core.problem import CaseProblem
from core.usecases.steps.known_case import must_be_a_case
from core.usecases.steps.known_firm import must_be_known


class CaseQueries:
    """Looks at a firm's cases. Raises NotAllowedError for a firm that is not the actor's."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def problems(
        self, actor: Actor, firm_id: str, reason: SkipReason | None, limit: int
    ) -> Sequence[CaseProblem]:
        """Return cases that are skipped or keep what they had, by integration id. Raises UnknownFirmError."""
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            return uow.problems.list(firm_id, reason, limit=limit)

    def history(self, actor: Actor, firm_id: str, integration_id: str, limit: int) -> Sequence[PastChange]:
        """Return what changed about a case, newest first. Raises UnknownThingError, UnknownFirmError."""
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            must_be_a_case(uow, firm_id, integration_id)
            return uow.cases.changes(firm_id, integration_id, limit)
