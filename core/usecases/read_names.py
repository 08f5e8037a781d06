"""Read the names that a firm's SmartAdvocate uses, to choose among while mapping."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Final

from core.actor import Actor, Power
from core.case import SourceCase
from core.errors import NeedsPersonError, PermanentError, TransientError
from core.firm_view import NameKind, SourceName
from core.ports.case_management import CaseManagement
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork
from core.usecases.steps.connected import must_be_connected
from core.usecases.steps.known_firm import known_firm
from core.usecases.steps.latest_cases import LatestCases

MOST_LOOKED_AT: Final = 2_000  # cases: ten pages of the search
MOST_READ: Final = 20  # cases read by themselves, where the search tells no roles

Seat = Callable[[str], AbstractContextManager[None]]


class ReadNames:
    """Reads the list of statuses, and what stands in the cases that changed last; keeps names alone.

    A list that cannot be had (its address differs from firm to firm) leaves those that stand in cases.
    """

    def __init__(
        self, units_of_work: UnitsOfWork, case_management: CaseManagement, clock: Clock, seat: Seat
    ) -> None:
        self._units_of_work = units_of_work
        self._case_management = case_management
        self._clock = clock
        self._seat = seat

    def __call__(self, actor: Actor, firm_id: str) -> Sequence[SourceName]:
        """Return the names, which are kept from now on. Raises NotAllowedError, UnknownFirmError.

        NeedsPersonError for a firm that is not connected, and what the search of `CaseManagement` raises.
        """
        actor.must(Power.CHANGE, firm_id)
        with self._units_of_work(actor) as uow:
            firm = known_firm(uow, actor, firm_id)
        must_be_connected(firm)
        with self._seat(firm_id):
            cases = list[SourceCase]()
            for page in LatestCases(self._case_management, self._clock, firm):
                cases += page
                if len(cases) >= MOST_LOOKED_AT:
                    break
            if not any(case.staff for case in cases):
                ids = [case.integration_id for case in cases[:MOST_READ]]
                whole = {case_id: self._case_management.case_by_id(firm, case_id) for case_id in ids}
                cases = [whole.get(case.integration_id, case) for case in cases]
            try:
                listed = self._case_management.case_statuses(firm)
            except (NeedsPersonError, PermanentError, TransientError):
                listed = ()
        names = [*_names(cases, listed)]
        with self._units_of_work(actor) as uow:
            uow.source_names.replace(firm_id, names)
            uow.commit()
        return names


def _names(cases: Sequence[SourceCase], listed: Iterable[str]) -> Iterator[SourceName]:
    stages = {case.status: case.source_stage for case in cases if case.status and case.source_stage}
    found = {
        NameKind.STATUS: Counter(case.status for case in cases if case.status),
        NameKind.CASE_TYPE: Counter(case.case_type for case in cases if case.case_type),
        NameKind.ROLE: Counter(role for case in cases for role in {m.role for m in case.staff} if role),
        NameKind.TRACK: Counter(track for case in cases for track in {t for t, _ in case.tracks} if track),
    }
    found[NameKind.STATUS].update(dict.fromkeys(filter(None, listed), 0))
    for kind, counted in found.items():
        for name, number in sorted(counted.items()):
            within = (stages.get(name) or "") if kind is NameKind.STATUS else ""
            yield SourceName(kind, name, within, number)
