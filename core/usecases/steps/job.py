"""A job from start to end: taken up once, worked on for a slice, finished; what is left is asked for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.actor import SYSTEM
from core.firm import Firm
from core.job import Job
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.run import Run


@dataclass(frozen=True, slots=True)
class Task:
    """A job that was taken up, its firm (None: deleted), and the run of which it is a slice, if of any."""

    job: Job
    firm: Firm | None
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """How long a job works before it hands over: until `ends_at` (UTC), or until its process is stopping."""

    ends_at: datetime
    clock: Clock
    stopping: Callable[[], bool]

    @classmethod
    def begin(cls, length: timedelta, clock: Clock, stopping: Callable[[], bool]) -> "Slice":
        """Begin a slice now."""
        return cls(clock.now() + length, clock, stopping)

    @property
    def is_over(self) -> bool:
        """Whether it is time to stop."""
        return self.stopping() or self.clock.now() >= self.ends_at


def work_off(units_of_work: UnitsOfWork, job_id: int, lease: timedelta, work: Callable[[Task], bool]) -> None:
    """Take the job up, do a slice of its work, finish it; ask for another where `work` returns True.

    A repeated or outdated id does nothing. Raises TransientError from the store, and whatever `work` raises:
    then the job is held until its lease ends, and is replaced by a new one.
    """
    task = take_up(units_of_work, job_id, lease)
    if task is None:
        return
    more = work(task)
    with finishing(units_of_work, task.job) as uow:
        if more:
            uow.jobs.enqueue(task.job.name, [task.job.firm_id], run_id=task.job.run_id)


def take_up(units_of_work: UnitsOfWork, job_id: int, lease: timedelta) -> Task | None:
    """Start the job in a transaction of its own; None where there is nothing to do, or no seat is free."""
    with units_of_work(SYSTEM) as uow:
        job = uow.jobs.start(job_id, lease)
        firm = uow.firms.get(job.firm_id) if job else None
        run = uow.runs.get(job.run_id) if job and job.run_id is not None else None
        uow.commit()
    return Task(job, firm, run) if job else None


@contextmanager
def finishing(units_of_work: UnitsOfWork, job: Job) -> Iterator[UnitOfWork]:
    """Finish the job in one transaction with what is done within."""
    with units_of_work(SYSTEM) as uow:
        uow.jobs.finish(job)
        yield uow
        uow.commit()
