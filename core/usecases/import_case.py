"""Import one case by its integration id (Walkthrough, 03: "Import/Sync Cases individually")."""

from dataclasses import dataclass

from core.actor import Actor, Power
from core.case import SourceCase
from core.errors import ConnectionRejectedError
from core.firm import ConnectionState, Firm
from core.foreign import guarded
from core.mapping import client_name
from core.ports.case_management import CaseManagement
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork
from core.reason import Reason
from core.run import CaseResult, RunState, Trigger
from core.usecases.steps.end_run import announce_end
from core.usecases.steps.store_cases import StoreCases


@dataclass(frozen=True, slots=True)
class FoundCase:
    """A case as a person recognises it before anything is stored."""

    source: SourceCase
    is_known: bool

    @property
    def number(self) -> str:
        """SmartAdvocate's case number."""
        return self.source.case_number

    @property
    def client(self) -> str:
        """The main plaintiff's name, "" where there is none."""
        return client_name(self.source)

    def __repr__(self) -> str:
        return f"FoundCase({self.source.integration_id!r}, known={self.is_known})"


class ImportCase:
    """Reads one case and stores what it comes to, in a run of its own with one result row.

    It may run beside a sync of the same firm: the firm's cases are locked while a result is stored, so that
    nothing is imported or announced twice.
    """

    def __init__(
        self, units_of_work: UnitsOfWork, case_management: CaseManagement, clock: Clock, cases: StoreCases
    ) -> None:
        self._units_of_work = units_of_work
        self._case_management = guarded(case_management)
        self._clock = clock
        self._cases = cases

    def find(self, actor: Actor, firm: Firm, integration_id: str) -> FoundCase:
        """Read the case and store nothing.

        Raises ConnectionRejectedError for a firm that is not connected, CaseNotFoundError, and what
        `CaseManagement` raises.
        """
        actor.must(Power.CHANGE, firm.firm_id)
        if firm.connection is not ConnectionState.CONNECTED:
            raise ConnectionRejectedError(
                f"firm {firm.firm_id!r} is not connected to SmartAdvocate ({firm.connection})",
                reason=Reason.NOT_CONNECTED,
                firm_id=firm.firm_id,
            )
        source = self._case_management.case_by_id(firm, integration_id)
        with self._units_of_work(actor) as uow:
            known = uow.cases.existing({(firm.firm_id, source.integration_id)})
        return FoundCase(source, bool(known))

    def __call__(
        self, actor: Actor, firm: Firm, integration_id: str, read: FoundCase | None = None
    ) -> CaseResult:
        """Import or update the case, and return what came of it: skipped cases say why.

        `read` is the case where it has just been read. Raises as `find` does, and TransientError from the
        store; then nothing is stored.
        """
        actor.must(Power.CHANGE, firm.firm_id)
        case = (read or self.find(actor, firm, integration_id)).source
        with self._units_of_work(actor) as uow:
            uow.cases.lock(firm.firm_id)
            decided = self._cases.decide(uow, firm, [case])
            [result] = decided.results
            run = uow.runs.record(firm.firm_id, Trigger.SINGLE, self._clock.now(), decided.results)
            self._cases.store(uow, firm, run.run_id, decided)
            announce_end(uow, run, RunState.FINISHED)
            uow.commit()
        return result
