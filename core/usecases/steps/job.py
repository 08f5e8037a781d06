"""A job from start to end: taken up once, worked on for a slice, finished; what is left is asked for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.actor import SYSTEM
from core.errors import CasebridgeError, UnexpectedError
from core.firm import Firm
from core.foreign import foreign_errors_told, is_an_end, unexpected
from core.issue import IssueKind
from core.job import Job
from core.ports.clock import Clock
from core.ports.processes import Errand, Life
from core.ports.tries import SET_ASIDE, Thing
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.run import Run


@dataclass(frozen=True, slots=True)
class Task:
    """A job that was taken up, its firm (None: deleted), and the run of which it is a slice, if of any."""

    job: Job
    errand: Errand
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


def work_off(units_of_work: UnitsOfWork, job_id: int, life: Life, work: Callable[[Task], bool]) -> None:
    """Take the job up, do a slice of its work, finish it; ask for another where `work` returns True.

    A repeated or outdated id does nothing. Raises TransientError from the store: then the job is given back,
    and replaced by a new one, as soon as the store allows it. A foreign error of `work` ends the job, is an
    issue until a job of the firm and this name comes to its end, and is raised as UnexpectedError: the next
    turn of the timetable tries again, so many times in a row. Then the firm's jobs of this name are set
    aside, and one is tried now and then (`core.ports.tries`).
    """
    with life.errand() as errand:
        task = take_up(units_of_work, job_id, errand)
        if task is None:
            return
        with told(units_of_work, task.job):
            more = work(task)
            with finishing(units_of_work, task.job) as uow:
                if uow.issues.resolve(task.job.firm_id, IssueKind.JOB_FAILED, task.job.name):
                    uow.tries.went_well(task.job.firm_id, Thing.JOB, [task.job.name])
                if more:
                    uow.jobs.enqueue(task.job.name, [task.job.firm_id], run_id=task.job.run_id)


def take_up(units_of_work: UnitsOfWork, job_id: int, errand: Errand) -> Task | None:
    """Start the job in a transaction of its own; None where there is nothing to do, or no seat is free.

    A foreign error is raised as UnexpectedError, as in `told`.
    """
    with foreign_errors_told("the start of a job"), units_of_work(SYSTEM) as uow:
        job = uow.jobs.start(job_id, errand.owner)
        if job is None:
            uow.commit()  # where no seat was free it is parked now
            return None
        with told(units_of_work, job, within=uow):
            if uow.tries.set_aside(job.firm_id, Thing.JOB, [job.name]):
                uow.commit()
                uow.jobs.finish(job)
                uow.commit()
                return None
            firm = uow.firms.get(job.firm_id)
            run = uow.runs.get(job.run_id) if job.run_id is not None else None
        uow.commit()
    return Task(job, errand, firm, run)


@contextmanager
def told(units_of_work: UnitsOfWork, job: Job, *, within: UnitOfWork | None = None) -> Iterator[None]:
    """Make a foreign error of a job an issue of its firm and raise it as UnexpectedError.

    The job has ended then; where the store does not let us end it now, its errand gives it back. `within` is
    a transaction that is open: it is committed first.
    """
    try:
        yield
    except BaseException as error:
        if is_an_end(error):
            raise
        if isinstance(error, CasebridgeError) and not isinstance(error, UnexpectedError):
            raise
        failed = (
            error
            if isinstance(error, UnexpectedError)
            else unexpected(error, f"a job {job.name}", firm_id=job.firm_id)
        )
        if within is not None:
            within.commit()
        for end in (_open_issue, _end):  # each by itself: the one may work where the other does not
            with suppress(CasebridgeError), foreign_errors_told(job.name), units_of_work(SYSTEM) as uow:
                end(uow, job, failed)
                uow.commit()
        raise failed from error


def _open_issue(uow: UnitOfWork, job: Job, error: UnexpectedError) -> None:
    is_set_aside = uow.tries.failed(job.firm_id, Thing.JOB, [job.name])
    said = f"{error}; {SET_ASIDE}" if is_set_aside else str(error)
    uow.issues.open(job.firm_id, IssueKind.JOB_FAILED, job.name, said)


def _end(uow: UnitOfWork, job: Job, _: UnexpectedError) -> None:
    uow.jobs.finish(job)


@contextmanager
def finishing(units_of_work: UnitsOfWork, job: Job) -> Iterator[UnitOfWork]:
    """Finish the job in one transaction with what is done within."""
    with units_of_work(SYSTEM) as uow:
        uow.jobs.finish(job)
        yield uow
        uow.commit()
