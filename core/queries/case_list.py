"""Cases in lists, and one case with all that is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.actor import Actor, Power
from core.case import SYNCED_FIELDS, Case
from core.changes import PastChange, case_data
from core.delivery_selection import DeliverySummary, Selection
from core.errors import UnknownThingError
from core.firm import Firm
from core.firm_view import CaseFilter, CaseLine, Seen
from core.paging import Page, Place, bounded, page_of
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork
from core.problem import CaseProblem
from core.queries.called import COUNTED, called
from core.thing import Thing
from core.usecases.steps.known_firm import known_firm, must_be_known

_MOST: Final = 50  # changes and deliveries of a case on one page
_CLIENT: Final = ("client_first_name", "client_last_name", "client_phone", "client_email")


@dataclass(frozen=True, slots=True)
class CaseValue:
    """A field of a case as it is here, and where it comes from in words.

    `overwritten`: SmartAdvocate wins at each sync. The others are set when the case is imported, and stay.
    """

    field: str
    value: object
    source: str
    overwritten: bool

    def __repr__(self) -> str:
        return f"CaseValue({self.field!r})"


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case (None: it is not here), what is wrong with it, and what befell it, newest first."""

    firm: Firm
    integration_id: str
    case: Case | None
    values: Sequence[CaseValue]
    problem: CaseProblem | None
    last_seen: Seen | None
    changes: Sequence[PastChange]
    deliveries: Sequence[DeliverySummary]


class CaseList:
    """Looks at a firm's cases. Raises NotAllowedError, UnknownFirmError."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def page(
        self, actor: Actor, firm_id: str, wanted: CaseFilter, before: Place | None, limit: int
    ) -> Page[CaseLine]:
        """Return a page of those wanted, by case number, the highest first."""
        actor.must(Power.LOOK, firm_id)
        limit = bounded(limit)
        place = (str(before[0]), str(before[1])) if before else None
        named = called(self._units_of_work, actor, firm_id, wanted.words)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            found = uow.cases.list(firm_id, wanted, place, limit + 1, named)
        return page_of(found, limit, lambda line: (line.readable_id, line.integration_id))

    def count(self, actor: Actor, firm_id: str, wanted: CaseFilter) -> int:
        """Return how many there are; counting ends at COUNTED."""
        actor.must(Power.LOOK, firm_id)
        named = called(self._units_of_work, actor, firm_id, wanted.words)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            return uow.cases.count(firm_id, wanted, COUNTED, named)

    def view(self, actor: Actor, firm_id: str, integration_id: str) -> CaseView:
        """Return one case, also one that is skipped. Raises UnknownThingError where it is unknown."""
        actor.must(Power.LOOK, firm_id)
        of = Selection(firm_id, case_integration_id=integration_id)
        with self._units_of_work(actor) as uow:
            firm = known_firm(uow, actor, firm_id)
            case = uow.cases.get(firm_id, [integration_id]).get(integration_id)
            problem = uow.problems.get(firm_id, integration_id)
            seen = uow.runs.last_seen(firm_id, integration_id)
            changes = uow.cases.changes(firm_id, integration_id, _MOST)
            found = uow.deliveries.find(frozenset({firm_id}), of, _MOST)
        if not (case or problem or seen or changes or found):
            raise UnknownThingError(
                f"firm {firm_id!r}: nothing is known of case {integration_id}",
                firm_id=firm_id,
                case_id=integration_id,
                thing=Thing.CASE,
            )
        now = self._clock.now()
        deliveries = [delivery.at(now, firm.pause(now)) for delivery in found]
        values = _values(firm, case) if case else ()
        return CaseView(firm, integration_id, case, values, problem, seen, changes, deliveries)


def _values(firm: Firm, case: Case) -> Sequence[CaseValue]:
    data, rules = case_data(case), firm.mapping.rules()
    synced = [
        CaseValue(name, data[name], str(rules[name].source) if name in rules else _CLOSED, overwritten=True)
        for name in SYNCED_FIELDS
    ]
    client = [
        CaseValue(
            name, data["client"][name.removeprefix("client_")], str(rules[name].source), overwritten=False
        )
        for name in _CLIENT
    ]
    return [*synced, *client]


_CLOSED: Final = "how the firm says that a case is closed"
