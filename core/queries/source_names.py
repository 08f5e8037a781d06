"""The names that a firm's SmartAdvocate uses, and where each leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.actor import Actor, Power
from core.firm import Firm
from core.firm_view import NameKind, SourceName
from core.ports.unit_of_work import UnitsOfWork
from core.problem import UnmatchedName
from core.usecases.steps.known_firm import known_firm


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Names as they were last read (`read_at`, UTC; None: never), and those of cases that match nothing."""

    firm: Firm
    names: Sequence[SourceName]
    unmatched: Sequence[UnmatchedName]
    read_at: datetime | None

    def of(self, kind: NameKind) -> Sequence[SourceName]:
        """Return the names of one kind."""
        return [name for name in self.names if name.kind is kind]


class SourceNames:
    """Answers from what is stored; asks SmartAdvocate nothing."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, actor: Actor, firm_id: str) -> KnownNames:
        """Look. Raises NotAllowedError, UnknownFirmError."""
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            firm = known_firm(uow, actor, firm_id)
            names, unmatched = uow.source_names.list(firm_id), uow.problems.names(firm_id)
            return KnownNames(firm, names, unmatched, uow.source_names.read_at(firm_id))
