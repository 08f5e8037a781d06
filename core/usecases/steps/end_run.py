"""A run ends, however it does: stored and announced in one transaction, once."""

from collections.abc import Mapping

from core.announcement import Announcement, AnnouncementKind
from core.ports.unit_of_work import UnitOfWork
from core.reason import Reason
from core.run import Run, RunState


def end_run(
    uow: UnitOfWork, run: Run, state: RunState, reason: Reason | None = None, detail: str = ""
) -> bool:
    """End an open run and announce it; False, and nothing announced, for one that had ended.

    The one way a run ends. `detail` is for people, without privileged content.
    """
    if not uow.runs.finish(run.run_id, state, reason, detail):
        return False
    announce_end(uow, run, state, reason, detail)
    return True


def announce_end(
    uow: UnitOfWork,
    run: Run,
    state: RunState,
    reason: Reason | None = None,
    detail: str = "",
    counts: Mapping[str, int] | None = None,
) -> None:
    """Announce how a run has ended, with what it had done until then: `counts`, or what is stored of it."""
    data = {
        "run_id": run.run_id,
        "trigger": run.trigger,
        "state": state,
        "reason": reason,
        "detail": detail or None,
        "counts": dict(uow.runs.counts(run.run_id) if counts is None else counts),
    }
    uow.outbox.announce([Announcement(AnnouncementKind.SYNC_FINISHED, run.firm_id, data=data)])
