"""Import the cases that deliveries wait for, one by one: what arrives for a case brings the case over."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from core.actor import SYSTEM, Actor
from core.case_id import is_case_number
from core.errors import (
    CasebridgeError,
    ConnectionRejectedError,
    RateLimitedError,
    TransientError,
    UnexpectedError,
)
from core.firm import Firm
from core.foreign import is_an_end, kept, unexpected
from core.issue import IssueKind
from core.ports.clock import Clock
from core.ports.deliveries import ImportPace
from core.ports.processes import Life
from core.ports.unit_of_work import UnitsOfWork
from core.reason import Reason
from core.reasons import in_words, next_step
from core.run import CaseResult
from core.schedule import DELIVERED_BY
from core.usecases.steps.job import Slice, Task, work_off
from core.usecases.steps.lose_connection import lose_connection

ImportOne = Callable[[Actor, Firm, str], CaseResult]
"""`core.usecases.import_case.ImportCase`: raises CasebridgeError; a skipped case says why."""


SLICE: Final = timedelta(seconds=20)


class ImportWaitingCases:
    """Works off one `import-cases` job: a bounded slice of the cases that a firm's deliveries wait for.

    Deliveries of other cases are not held back by it, and each case is tried once in a while only.
    """

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        import_one: ImportOne,
        clock: Clock,
        *,
        life: Life,
        stopping: Callable[[], bool],
    ) -> None:
        self._units_of_work = units_of_work
        self._import_one = import_one
        self._clock = clock
        self._life = life
        self._stopping = stopping

    def __call__(self, actor: Actor, job_id: int) -> None:
        """Run the job; a repeated or outdated id does nothing. Raises TransientError from the store only."""
        actor.must_be_system()
        work_off(self._units_of_work, job_id, self._life, self._slice)

    def _slice(self, task: Task) -> bool:
        """Import until none waits (False) or the slice is over (True: there may be more)."""
        firm = task.firm
        if firm is None or not firm.may_be_called(self._clock.now()):
            return False
        slice_ = Slice.begin(SLICE, self._clock, self._stopping)
        while not slice_.is_over:
            with self._units_of_work(SYSTEM) as uow:
                # One at a time: with a job that is cut short only one try is lost.
                cases = uow.deliveries.take_waiting_cases(firm.firm_id, pace=ImportPace(), limit=1)
                uow.commit()
            if not cases:
                return False
            if not self._import(firm, cases[0]):
                return False
        return True

    def _import(self, firm: Firm, case: str) -> bool:
        """Import one case and say what came of it; False where the firm has to wait."""
        error: CasebridgeError | None = None
        why = f"case {case} could not be imported"
        try:
            result = self._import_one(SYSTEM, firm, case)
        except CasebridgeError as raised:
            error = kept(raised)
            why = f"{why}: {raised}"
            if not is_case_number(case):
                why = f"{why}; SmartAdvocate's case ids are whole numbers, and this is none"
        except BaseException as raised:  # one case's defect holds up no other case
            if is_an_end(raised):
                raise
            error = unexpected(raised, "its import", firm_id=firm.firm_id)
            why = f"{why}: {error}"
        else:
            if result.integration_id != case:
                why = (
                    f"{why}: SmartAdvocate knows it as {result.integration_id}, the event names it {case}; "
                    "it has to be sent anew with that id"
                )
            elif result.skip is not None:
                why = f"{why}: {in_words(result.skip, result.detail)}; {next_step(result.skip)}"
        self._settle(firm, case, error, why)
        return not isinstance(error, RateLimitedError | ConnectionRejectedError)

    def _settle(self, firm: Firm, case: str, error: CasebridgeError | None, why: str) -> None:
        with self._units_of_work(SYSTEM) as uow:
            if uow.cases.existing({(firm.firm_id, case)}):
                uow.deliveries.release_holds(firm.firm_id, [Reason.CASE_NOT_IMPORTED], [case])
                for name in DELIVERED_BY:
                    uow.jobs.enqueue(name, [firm.firm_id])
            elif isinstance(error, RateLimitedError):
                uow.deliveries.forget_try(firm.firm_id, case)  # it is the next one after the pause
            elif isinstance(error, TransientError) and not isinstance(error, UnexpectedError):
                pass  # it goes on waiting, and is tried again soon
            elif isinstance(error, ConnectionRejectedError):
                pass  # the same, once the firm is connected again
            elif uow.deliveries.hold_for_import(firm.firm_id, case, why):
                uow.issues.open(firm.firm_id, IssueKind.DELIVERY_HELD, Reason.CASE_NOT_IMPORTED, why)
            if isinstance(error, ConnectionRejectedError):
                lose_connection(uow, firm.firm_id, error)
            uow.commit()
