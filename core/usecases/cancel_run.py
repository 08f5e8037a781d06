"""Cancel a run of the case sync."""

from core.actor import GOES_ON, Actor
from core.audit import AuditAction
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork
from core.reason import Reason
from core.run import RunState
from core.usecases.steps.begin_run import follow_run
from core.usecases.steps.end_run import end_run
from core.usecases.steps.known_run import known_run


class CancelRun:
    """Ends a run at the next page; what it stored stays."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def __call__(self, actor: Actor, run_id: int) -> bool:
        """Return False for a run that had ended. Raises UnknownThingError, NotAllowedError."""
        with self._units_of_work(actor) as uow:
            run = known_run(uow, actor, run_id, GOES_ON)
            if not end_run(uow, run, RunState.CANCELLED, Reason.CANCELLED, f"cancelled by {actor.name}"):
                return False
            uow.audit.record(actor, run.firm_id, AuditAction.SYNC_CANCELLED, {"run_id": run_id})
            follow_run(uow, run, self._clock.now())
            uow.commit()
        return True
