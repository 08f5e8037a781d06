"""Begin a run of the case sync, or join the one under way: two runs of one firm never double."""

from datetime import datetime, timedelta
from typing import Final

from core.cursor import Window
from core.errors import TransientError
from core.ports.unit_of_work import UnitOfWork
from core.reason import Reason
from core.run import Run, Trigger
from core.schedule import JobName
from core.window import window_for

_ATTEMPTS: Final = 5
_SAME_WINDOW: Final = timedelta(days=1)  # runs of one evening have the same window, to a few minutes


def begin_run(uow: UnitOfWork, firm_id: str, trigger: Trigger, window: Window) -> tuple[Run, bool]:
    """Start a run with a job, or join the open one; one that looks at fewer cases is followed by this one."""
    for _ in range(_ATTEMPTS):
        run, new = uow.runs.start(firm_id, trigger, window)
        covered = run.window.since <= window.since + _SAME_WINDOW or trigger is Trigger.RETRY
        if new or covered or uow.runs.follow_with(run.run_id, trigger):
            uow.jobs.enqueue(JobName.SYNC_CASES, [firm_id], run_id=run.run_id)
            return (run if new else uow.runs.get(run.run_id) or run), new
    raise TransientError(
        f"runs of firm {firm_id!r} start and end too fast to follow one",
        reason=Reason.TOO_BUSY,
        firm_id=firm_id,
    )


def follow_run(uow: UnitOfWork, run: Run, now: datetime) -> None:
    """Start what waited for this run to end. `now` in UTC."""
    ended = uow.runs.get(run.run_id)
    if ended is not None and ended.then is not None:
        firm = uow.firms.get(run.firm_id)
        first = ended.then is Trigger.RESET or (firm is not None and firm.first_synced_at is None)
        begin_run(uow, run.firm_id, ended.then, window_for(now, first=first))
