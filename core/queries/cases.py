"""Cases as they came over: what is wrong with some, and what changed about one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from core.actor import Actor, Power
from core.case import SkipReason
from core.changes import CaseAsOf, PastChange
from core.errors import UnknownThingError
from core.paging import Page, Place, bounded, number_in, page_of
from core.ports.unit_of_work import UnitsOfWork
from core.problem import CaseProblem
from core.thing import Thing
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

    def problem_page(
        self, actor: Actor, firm_id: str, reason: SkipReason | None, after: Place | None, limit: int
    ) -> Page[CaseProblem]:
        """Return a page of `problems`. Raises UnknownFirmError."""
        actor.must(Power.LOOK, firm_id)
        limit = bounded(limit)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            behind = str(after[0]) if after else ""
            found = uow.problems.list(firm_id, reason, after=behind, limit=limit + 1)
        return page_of(found, limit, lambda problem: (problem.integration_id,))

    def get(self, actor: Actor, firm_id: str, integration_id: str) -> CaseAsOf:
        """Return a case. Raises UnknownThingError, UnknownFirmError."""
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            must_be_a_case(uow, firm_id, integration_id)
            case = uow.cases.get(firm_id, [integration_id]).get(integration_id)
            changed_at = uow.cases.changed_at(firm_id, integration_id)
        if case is None or changed_at is None:
            raise UnknownThingError(
                f"firm {firm_id!r}: case {integration_id} was skipped",
                firm_id=firm_id,
                case_id=integration_id,
                thing=Thing.CASE,
            )
        return CaseAsOf(firm_id, case, changed_at)

    def changed(self, actor: Actor, firm_id: str, after: Place | None, limit: int) -> Page[CaseAsOf]:
        """Return a page of the firm's cases by the time they were last stored, and by id.

        `after` is a time (UTC) and an id. `next` is there as long as anything was found: behind it stands
        what changes later. Raises UnknownFirmError.
        """
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            found = uow.cases.changed(firm_id, _behind(after), bounded(limit))
        last = found[-1] if found else None
        return Page(found, (last.changed_at, last.case.integration_id) if last else after)

    def history_page(
        self, actor: Actor, firm_id: str, integration_id: str, before: Place | None, limit: int
    ) -> Page[PastChange]:
        """Return a page of `history`. Raises UnknownThingError, UnknownFirmError."""
        actor.must(Power.LOOK, firm_id)
        limit = bounded(limit)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            must_be_a_case(uow, firm_id, integration_id)
            number = number_in(before)
            found = uow.cases.changes(firm_id, integration_id, limit + 1, before=number)
        return page_of(found, limit, lambda past: (past.number,))

    def history(self, actor: Actor, firm_id: str, integration_id: str, limit: int) -> Sequence[PastChange]:
        """Return what changed about a case, newest first. Raises UnknownThingError, UnknownFirmError."""
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            must_be_a_case(uow, firm_id, integration_id)
            return uow.cases.changes(firm_id, integration_id, limit)


_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _behind(after: Place | None) -> tuple[datetime, str]:
    if after is None or not isinstance(after[0], datetime):
        return (_BEGINNING, "")
    return (after[0], str(after[1]))
