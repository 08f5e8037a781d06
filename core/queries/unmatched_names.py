"""Names that SmartAdvocate uses and nothing matches, with the closest candidates (design, section 8)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.actor import Actor, Power
from core.case import SkipReason
from core.firm import Firm
from core.ports.unit_of_work import UnitsOfWork
from core.problem import UnmatchedName

# name, candidates -> the closest of them, best first; none that is nothing like it
Closest = Callable[[str, Sequence[str]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A name, on how many cases it stands, and what it may be meant to match."""

    name: UnmatchedName
    candidates: Sequence[str]


class UnmatchedNames:
    """Answers from what the last tries of cases found; asks SmartAdvocate nothing."""

    def __init__(self, units_of_work: UnitsOfWork, closest: Closest) -> None:
        self._units_of_work = units_of_work
        self._closest = closest

    def __call__(self, actor: Actor, firm: Firm) -> Sequence[Unmatched]:
        """Return the names, those on most cases first. Raises NotAllowedError."""
        actor.must(Power.LOOK, firm.firm_id)
        with self._units_of_work(actor) as uow:
            names = uow.problems.names(firm.firm_id)
        return [Unmatched(name, self._closest(name.name, _candidates(firm, name))) for name in names]


def _candidates(firm: Firm, name: UnmatchedName) -> list[str]:
    areas = firm.practice_areas.areas
    if name.reason is SkipReason.PRACTICE_AREA_UNMAPPED:
        return [word for area in areas for word in (area.name, *area.mappings)]
    stages = [stage for area in areas if area.name == name.scope for stage in area.stages]
    return [word for stage in stages for word in (stage.name, *stage.mappings)]
