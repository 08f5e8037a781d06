"""Why a case that somebody looks for is not here, or is not as it should be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.actor import Actor, Power
from core.errors import ConfigurationError
from core.firm import ConnectionState, Firm, SyncMode
from core.firm_view import CaseFilter, CaseLine, Seen
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.problem import CaseProblem
from core.queries.called import called
from core.run import Run
from core.usecases.steps.known_firm import known_firm

_MOST: Final = 20  # cases that are called alike
# what a person pasted, the firm's SmartAdvocate -> the case's integration id; raises ConfigurationError
CaseIdFrom = Callable[[str, str | None], str]


class Absence(StrEnum):
    """Where a case that was asked for stands."""

    HERE = "here"
    KEEPS = "keeps"  # it is here, and keeps what it had because of a problem
    SKIPPED = "skipped"
    BEING_READ = "being_read"  # a run is under way, which may bring it
    NOT_CONNECTED = "not_connected"
    INDIVIDUALLY = "individually"  # only cases that somebody names come over
    NO_IMPORT_YET = "no_import_yet"
    NEVER_SEEN = "never_seen"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What is known of one case. `line` is None where it is not here, `seen` where no late run met it."""

    absence: Absence
    integration_id: str
    line: CaseLine | None = None
    problem: CaseProblem | None = None
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found for the words; at least one. `integration_id` is set where the words name one case.

    `under_way` is the run that is being worked on now, if any.
    """

    words: str
    found: Sequence[Whereabouts]
    integration_id: str | None
    under_way: Run | None


class WhyNotHere:
    """Answers from what is stored; asks SmartAdvocate nothing. Raises NotAllowedError, UnknownFirmError."""

    def __init__(self, units_of_work: UnitsOfWork, case_id_from: CaseIdFrom) -> None:
        self._units_of_work = units_of_work
        self._case_id_from = case_id_from

    def __call__(self, actor: Actor, firm_id: str, pasted: str) -> Answer:
        """Look for an address of SmartAdvocate, an id, a case number, or a client's name.

        Raises ConfigurationError for no words at all, and for an address that leads to no case of the firm.
        """
        actor.must(Power.LOOK, firm_id)
        words = pasted.strip()
        if not words:
            raise ConfigurationError("say which case: its address, number, or client")
        alike = called(self._units_of_work, actor, firm_id, words)
        with self._units_of_work(actor) as uow:
            firm = known_firm(uow, actor, firm_id)
            named = self._named(firm, words)
            under_way = uow.runs.open(firm_id)
            lines = uow.cases.list(firm_id, CaseFilter(named or words), None, _MOST, alike)
            found = [_here(uow, firm_id, line) for line in lines]
            known = {line.integration_id for line in lines}
            problems = _problems(uow, firm_id, named, words)
            found += [_skipped(uow, firm_id, p) for p in problems if p.integration_id not in known]
            if named and not found:
                seen = uow.runs.last_seen(firm_id, named)
                found.append(Whereabouts(_absence(firm, under_way), named, seen=seen))
        if not found:
            found = [Whereabouts(_absence(firm, under_way), "")]
        return Answer(words, found, named, under_way)

    def _named(self, firm: Firm, words: str) -> str | None:
        """Return the id that the words are, or hold as an address; None for other words."""
        try:
            return self._case_id_from(words, firm.base_url)
        except ConfigurationError:
            if "://" in words:
                raise  # an address of another place: that is worth saying
            return None


def _problems(uow: UnitOfWork, firm_id: str, named: str | None, words: str) -> Sequence[CaseProblem]:
    one = uow.problems.get(firm_id, named) if named else None
    alike = uow.problems.called(firm_id, words, _MOST) if words else ()
    return [*([one] if one else ()), *(p for p in alike if one is None or p != one)]


def _here(uow: UnitOfWork, firm_id: str, line: CaseLine) -> Whereabouts:
    problem = uow.problems.get(firm_id, line.integration_id)
    seen = uow.runs.last_seen(firm_id, line.integration_id)
    absence = Absence.KEEPS if problem else Absence.HERE
    return Whereabouts(absence, line.integration_id, line, problem, seen)


def _skipped(uow: UnitOfWork, firm_id: str, problem: CaseProblem) -> Whereabouts:
    seen = uow.runs.last_seen(firm_id, problem.integration_id)
    return Whereabouts(Absence.SKIPPED, problem.integration_id, None, problem, seen)


def _absence(firm: Firm, under_way: Run | None) -> Absence:
    if firm.connection is not ConnectionState.CONNECTED:
        return Absence.NOT_CONNECTED
    if under_way is not None:
        return Absence.BEING_READ
    if firm.sync_mode is SyncMode.INDIVIDUALLY:
        return Absence.INDIVIDUALLY
    return Absence.NO_IMPORT_YET if firm.first_synced_at is None else Absence.NEVER_SEEN
