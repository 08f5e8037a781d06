"""Start a run of the case sync, by hand or by the timetable; cancel one."""

from datetime import datetime, timedelta
from typing import Final

from core.actor import SERVICE, Actor
from core.audit import AuditAction
from core.errors import ConfigurationError, TransientError
from core.firm import Firm
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.run import Run, RunState, Trigger
from core.schedule import JobName
from core.window import Window, window_for

_ATTEMPTS: Final = 5
_SAME_WINDOW: Final = timedelta(days=1)  # runs of one evening have the same window, to a few minutes


class StartSync:
    """Starts a run, or joins the one that is under way: two runs of one firm never double.

    Where the one under way looks at fewer cases than asked for, the new one waits and follows it.
    """

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def __call__(
        self, firm: Firm, trigger: Trigger = Trigger.MANUAL, actor: Actor = SERVICE
    ) -> tuple[Run, bool]:
        """Return the run and whether it is new; its window is ten years for a first run or a reset.

        A run that is not new and has `then` set is followed by the one asked for. Raises NotAllowedError for
        a reset by anybody but an implementation manager.
        """
        actor.must_reach(firm.firm_id)
        reset = trigger is Trigger.RESET
        if reset and actor is not SERVICE:
            actor.must_manage("reset a sync to ten years")
        now = self._clock.now()
        with self._units_of_work() as uow:
            if reset:
                uow.firms.forget_first_sync(firm.firm_id)
            first = reset or firm.first_synced_at is None
            run, new = begin(uow, firm.firm_id, trigger, window_for(now, first=first))
            if actor is not SERVICE:
                detail = {"run_id": run.run_id, "trigger": trigger.value, "new": new}
                uow.audit.record(actor, firm.firm_id, AuditAction.SYNC_STARTED, detail)
            uow.commit()
        return run, new


class CancelRun:
    """Ends a run at the next page; what it stored stays."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def __call__(self, run_id: int, actor: Actor) -> bool:
        """Return False for a run that had ended. Raises ConfigurationError for an unknown one."""
        with self._units_of_work() as uow:
            run = uow.runs.get(run_id)
            if run is None:
                raise unknown_run(run_id)
            actor.must_reach(run.firm_id)
            if not uow.runs.finish(run_id, RunState.CANCELLED, f"cancelled by {actor.name}"):
                return False
            uow.audit.record(actor, run.firm_id, AuditAction.SYNC_CANCELLED, {"run_id": run_id})
            follow(uow, run, self._clock.now())
            uow.commit()
        return True


def begin(uow: UnitOfWork, firm_id: str, trigger: Trigger, window: Window) -> tuple[Run, bool]:
    """Start a run with a job, or join the open one; one that looks at fewer cases is followed by this one."""
    for _ in range(_ATTEMPTS):
        run, new = uow.runs.start(firm_id, trigger, window)
        covered = run.window.since <= window.since + _SAME_WINDOW or trigger is Trigger.RETRY
        if new or covered or uow.runs.follow_with(run.run_id, trigger):
            uow.jobs.enqueue(JobName.SYNC_CASES, [firm_id], run_id=run.run_id)
            found = run if new else uow.runs.get(run.run_id)
            return found or run, new
    raise TransientError(f"runs of firm {firm_id!r} start and end too fast to follow one; try again")


def follow(uow: UnitOfWork, run: Run, now: datetime) -> None:
    """Start what waited for this run to end. `now` in UTC."""
    ended = uow.runs.get(run.run_id)
    if ended is not None and ended.then is not None:
        firm = uow.firms.get(run.firm_id)
        first = ended.then is Trigger.RESET or (firm is not None and firm.first_synced_at is None)
        begin(uow, run.firm_id, ended.then, window_for(now, first=first))


def unknown_run(run_id: int) -> ConfigurationError:
    """Say that there is no such run."""
    return ConfigurationError(f"there is no run {run_id}; 'casebridge runs list' shows the known ones")
