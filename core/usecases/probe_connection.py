"""An hour before the nightly run each connection is tried, so that a dead one can be repaired in time."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Final

from core.actor import Actor
from core.errors import CasebridgeError, ConnectionRejectedError, RateLimitedError
from core.firm import ConnectionState
from core.foreign import guarded
from core.ports.case_management import CaseManagement
from core.ports.clock import Clock
from core.ports.processes import Life
from core.ports.unit_of_work import UnitsOfWork
from core.usecases.steps.job import Task, finishing, take_up, told
from core.usecases.steps.lose_connection import lose_connection

AHEAD_OF_THE_NIGHTLY_RUN: Final = timedelta(hours=1)
_WINDOW: Final = timedelta(minutes=1)


class ProbeConnection:
    """Reads next to nothing with a firm's token, in a `seat` of the firm's limit.

    Only a refused log-in counts: the rest is for the sync.
    """

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        case_management: CaseManagement,
        clock: Clock,
        failed: Callable[[CasebridgeError], None],
        seat: Callable[[str], AbstractContextManager[None]],
        life: Life,
    ) -> None:
        self._units_of_work = units_of_work
        self._case_management = guarded(case_management)
        self._clock = clock
        self._failed = failed
        self._seat = seat
        self._life = life

    def __call__(self, actor: Actor, job_id: int) -> None:
        """Run the job; a repeated or outdated id does nothing. Raises TransientError from the store only."""
        actor.must_be_system()
        with self._life.errand() as errand:
            task = take_up(self._units_of_work, job_id, errand)
            if task is not None:
                with told(self._units_of_work, task.job):
                    self._probe(task)

    def _probe(self, task: Task) -> None:
        firm = task.firm
        lost: ConnectionRejectedError | None = None
        if firm is not None and firm.connection is ConnectionState.CONNECTED:
            now = self._clock.now()
            try:
                with self._seat(firm.firm_id):
                    self._case_management.search_cases(replace(firm, page_size=1), now - _WINDOW, now, 0)
            except ConnectionRejectedError as error:
                lost = error
            except RateLimitedError:
                pass  # made up for when the pause is over (`core.usecases.publish_due_jobs`)
            except CasebridgeError as error:
                self._failed(error)
        with finishing(self._units_of_work, task.job) as uow:
            if lost is not None:
                lose_connection(uow, task.job.firm_id, lost)
