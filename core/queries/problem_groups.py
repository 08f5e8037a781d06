"""What is wrong at a firm, by cause, with what mends it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from core.actor import Actor, Power
from core.case import SkipReason
from core.delivery import DeliveryState
from core.delivery_selection import Waiting
from core.firm import Firm
from core.firm_view import ProblemGroup
from core.issue import Issue
from core.ports.unit_of_work import UnitsOfWork
from core.usecases.steps.known_firm import known_firm

_MOST: Final = 200  # causes
# name, candidates -> the closest of them, best first; none that is nothing like it
Closest = Callable[[str, Sequence[str]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Choice:
    """A place that a name may be given to: a stage in its practice area, or ("" as its stage) the area."""

    area: str
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """A problem of cases. `choices` are where its name may lead, `suggested` the one most like it, if any."""

    group: ProblemGroup
    choices: Sequence[Choice] = ()
    suggested: Choice | None = None


@dataclass(frozen=True, slots=True)
class Problems:
    """All that is wrong at a firm: with cases, with deliveries that wait for somebody, and open issues."""

    firm: Firm
    causes: Sequence[Cause]
    waiting: Sequence[Waiting]
    issues: Sequence[Issue]

    @property
    def cases(self) -> int:
        """How many cases have a problem."""
        return sum(cause.group.cases for cause in self.causes)


class ProblemGroups:
    """Answers from what is stored; asks SmartAdvocate nothing."""

    def __init__(self, units_of_work: UnitsOfWork, closest: Closest) -> None:
        self._units_of_work = units_of_work
        self._closest = closest

    def __call__(self, actor: Actor, firm_id: str) -> Problems:
        """Return what is wrong, the oldest first. Raises NotAllowedError, UnknownFirmError."""
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            firm = known_firm(uow, actor, firm_id)
            groups = uow.problems.groups(firm_id, _MOST)
            stuck = {DeliveryState.HELD, DeliveryState.FAILED}
            waiting = [waits for waits in uow.deliveries.waiting(firm_id) if waits.state in stuck]
            issues = uow.issues.list_open(frozenset({firm_id}))
        return Problems(firm, [self._cause(firm, group) for group in groups], waiting, issues)

    def _cause(self, firm: Firm, group: ProblemGroup) -> Cause:
        choices, words = _choices(firm, group)
        if not group.name:
            return Cause(group, choices)
        nearest = self._closest(group.name, list(words))
        return Cause(group, choices, words[nearest[0]] if nearest else None)


def _choices(firm: Firm, group: ProblemGroup) -> tuple[Sequence[Choice], dict[str, Choice]]:
    """Return the places to choose from, and each word that leads to one of them."""
    areas = firm.practice_areas.areas
    if group.reason is SkipReason.PRACTICE_AREA_UNMAPPED:
        choices = [Choice(area.name) for area in areas]
        return choices, {word: Choice(a.name) for a in areas for word in (a.name, *a.mappings)}
    if group.reason is not SkipReason.STAGE_UNMAPPED:
        return (), {}
    stages = [stage for area in areas if area.name == group.scope for stage in area.stages]
    places = [Choice(group.scope, stage.name) for stage in stages]
    return places, {
        word: Choice(group.scope, stage.name) for stage in stages for word in (stage.name, *stage.mappings)
    }
