"""The whole story behind one id: of a message, a document, a case, or a note."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.actor import Actor, Power
from core.announced import Announced
from core.changes import CaseAsOf, PastChange
from core.delivery_selection import DeliverySummary, Selection
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.problem import CaseProblem
from core.queries.deliveries import DeliveryStory, at_present
from core.retention import Remembered
from core.shared_note import SeenNote
from core.usecases.steps.known_firm import must_be_known

_MOST: Final = 20  # of each kind: a story is read by a person


@dataclass(frozen=True, slots=True)
class CaseStory:
    """What is known of a case: as it is (None: it is not here), what is wrong with it, and what changed."""

    firm_id: str
    integration_id: str
    case: CaseAsOf | None
    problem: CaseProblem | None
    changes: Sequence[PastChange]
    deliveries: Sequence[DeliverySummary]
    announcements: Sequence[Announced]


@dataclass(frozen=True, slots=True)
class Story:
    """All that an id leads to, in any of the actor's firms; empty where it leads nowhere.

    `deliveries` are those that are called so, or became the note of this id; `cases` those they are of, and
    those that are called so; `notes` are shared notes of this id. `remembered` is what is left of deliveries
    that have served their time. Newest first.
    """

    asked: str
    deliveries: Sequence[DeliveryStory]
    notes: Sequence[SeenNote]
    cases: Sequence[CaseStory]
    remembered: Sequence[Remembered] = ()


class LookUp:
    """Finds by what people have at hand, without being told what kind of id it is."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def __call__(self, actor: Actor, firm_id: str | None, wanted: str) -> Story:
        """Return the story of the id. Raises NotAllowedError, UnknownFirmError."""
        firms, name = actor.within(Power.LOOK, firm_id), wanted.strip()
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            found = at_present(uow, uow.deliveries.named(firms, name, _MOST), self._clock.now())
            deliveries = [DeliveryStory(one, uow.deliveries.timeline(one.delivery_id)) for one in found]
            notes = uow.shared_notes.seen(firms, name, _MOST)
            remembered = uow.inbox.remembered(firms, name, _MOST)
            cases = dict.fromkeys((firm, name) for firm in uow.cases.firms_with(firms, name, _MOST))
            cases |= dict.fromkeys((one.firm_id, one.case_integration_id) for one in found)
            cases |= dict.fromkeys((one.firm_id, one.case_integration_id) for one in remembered)
            cases |= dict.fromkeys((note.firm_id, note.case_integration_id) for note in notes)
            for one in uow.deliveries.find(firms, Selection(firm_id, case_integration_id=name), _MOST):
                cases[one.firm_id, name] = None
            if firm_id is not None:
                cases[firm_id, name] = None  # perhaps one that was skipped
            told = [self._case(uow, *case) for case in list(cases)[:_MOST]]
        return Story(name, deliveries, notes, [case for case in told if _is_known(case)], remembered)

    def _case(self, uow: UnitOfWork, firm_id: str, integration_id: str) -> CaseStory:
        case = uow.cases.get(firm_id, [integration_id]).get(integration_id)
        changed_at = uow.cases.changed_at(firm_id, integration_id)
        of = Selection(firm_id, case_integration_id=integration_id)
        firms = frozenset({firm_id})
        return CaseStory(
            firm_id,
            integration_id,
            CaseAsOf(firm_id, case, changed_at) if case is not None and changed_at is not None else None,
            uow.problems.get(firm_id, integration_id),
            uow.cases.changes(firm_id, integration_id, _MOST),
            at_present(uow, uow.deliveries.find(firms, of, _MOST), self._clock.now()),
            uow.outbox.newest(firms, subject=integration_id, limit=_MOST),
        )


def _is_known(story: CaseStory) -> bool:
    return bool(story.case or story.problem or story.deliveries or story.changes or story.announcements)
