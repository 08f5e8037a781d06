"""Import the cases that deliveries wait for, one by one: what arrives for a case brings the case over."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from core.delivery import HoldReason
from core.errors import (
    CasebridgeError,
    ConnectionRejectedError,
    ErrorClass,
    RateLimitedError,
)
from core.firm import ConnectionState, Firm
from core.issue import IssueKind
from core.ports.clock import Clock
from core.ports.deliveries import ImportPace
from core.ports.unit_of_work import UnitsOfWork
from core.reasons import in_words, next_step
from core.run import CaseResult
from core.schedule import DELIVERED_BY
from core.usecases.connection import lose_connection

ImportOne = Callable[[Firm, str], CaseResult]
"""`core.usecases.import_case.ImportCase`: raises CasebridgeError; a skipped case says why."""

PAUSE_WITHOUT_RETRY_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class ImportLimits:
    """`slice_` is how long a job works before it hands over; `lease` outlives its last import."""

    slice_: timedelta = timedelta(seconds=20)
    lease: timedelta = timedelta(minutes=5)
    pace: ImportPace = field(default_factory=ImportPace)


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
        stopping: Callable[[], bool] = lambda: False,
        limits: ImportLimits | None = None,
    ) -> None:
        self._units_of_work = units_of_work
        self._import_one = import_one
        self._clock = clock
        self._stopping = stopping
        self._limits = limits or ImportLimits()

    def __call__(self, job_id: int) -> None:
        """Run the job; a repeated or outdated id does nothing. Raises TransientError from the store only."""
        with self._units_of_work() as uow:
            job = uow.jobs.start(job_id, self._limits.slice_ + self._limits.lease)
            firm = uow.firms.get(job.firm_id) if job else None
            uow.commit()
        if job is None:
            return
        more = firm is not None and self._may_ask(firm) and self._slice(firm)
        with self._units_of_work() as uow:
            uow.jobs.finish(job)
            if more:
                uow.jobs.enqueue(job.name, [job.firm_id])
            uow.commit()

    def _may_ask(self, firm: Firm) -> bool:
        paused = firm.paused_until is not None and firm.paused_until > self._clock.now()
        return firm.connection is ConnectionState.CONNECTED and not paused

    def _slice(self, firm: Firm) -> bool:
        """Import until none waits (False) or the slice is over (True: there may be more)."""
        ends_at = self._clock.now() + self._limits.slice_
        while not self._stopping() and self._clock.now() < ends_at:
            with self._units_of_work() as uow:
                # One at a time: with a job that is cut short only one try is lost.
                cases = uow.deliveries.take_waiting_cases(firm.firm_id, pace=self._limits.pace, limit=1)
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
            result = self._import_one(firm, case)
        except CasebridgeError as raised:
            error = raised
            why = f"{why}: {raised}"
        else:
            if result.skip is not None:
                why = f"{why}: {in_words(result.skip, result.detail)}; {next_step(result.skip)}"
        self._settle(firm, case, error, f"{why}. It is tried again every hour, and flows once it is here")
        return not isinstance(error, RateLimitedError | ConnectionRejectedError)

    def _settle(self, firm: Firm, case: str, error: CasebridgeError | None, why: str) -> None:
        with self._units_of_work() as uow:
            if uow.cases.existing({(firm.firm_id, case)}):
                uow.deliveries.release_holds(firm.firm_id, [HoldReason.CASE_NOT_IMPORTED], [case])
                for name in DELIVERED_BY:
                    uow.jobs.enqueue(name, [firm.firm_id])
            elif error is not None and error.error_class is ErrorClass.TRANSIENT:
                pass  # it goes on waiting, and is tried again soon
            elif isinstance(error, ConnectionRejectedError):
                pass  # the same, once the firm is connected again
            elif uow.deliveries.hold_for_import(firm.firm_id, case, why):
                uow.issues.open(firm.firm_id, IssueKind.DELIVERY_HELD, HoldReason.CASE_NOT_IMPORTED, why)
            if isinstance(error, RateLimitedError):
                pause = error.retry_after or PAUSE_WITHOUT_RETRY_AFTER
                uow.firms.pause(firm.firm_id, self._clock.now() + pause)
            if isinstance(error, ConnectionRejectedError):
                lose_connection(uow, firm.firm_id, error)
            uow.commit()
