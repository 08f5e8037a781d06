"""Start a run of the case sync, by hand or by the timetable."""

from core.firm import Firm
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork
from core.run import Run, Trigger
from core.schedule import JobName
from core.window import window_for


class StartSync:
    """Starts a run, or joins the one that is under way: two runs of one firm never double."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def __call__(self, firm: Firm, trigger: Trigger = Trigger.MANUAL) -> tuple[Run, bool]:
        """Return the run and whether it is new; its window is ten years for a first run or a reset."""
        first = trigger is Trigger.RESET or firm.first_synced_at is None
        with self._units_of_work() as uow:
            run, new = uow.runs.start(firm.firm_id, trigger, window_for(self._clock.now(), first=first))
            uow.jobs.enqueue(JobName.SYNC_CASES, [firm.firm_id], run_id=run.run_id)
            uow.commit()
        return run, new
