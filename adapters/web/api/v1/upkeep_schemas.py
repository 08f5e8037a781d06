"""Shapes of processes, timed jobs, and what is late."""

from datetime import datetime
from typing import Self

from pydantic import Field

from adapters.web.api.v1.schemas import Shape
from core.event import EventKind
from core.process import HeldJob as CoreJob
from core.process import ProcessKind, ProcessView
from core.queries.upkeep import Late as CoreLate
from core.queries.upkeep import Scheduled
from core.reason import Reason
from core.schedule import JobName


class HeldJob(Shape):
    """A job in hand; `run_id` names the run of which it is a part."""

    name: str
    firm_id: str
    run_id: str | None

    @classmethod
    def of(cls, job: CoreJob) -> Self:
        """Return the job's."""
        run_id = None if job.run_id is None else str(job.run_id)
        return cls(name=str(job.name), firm_id=job.firm_id, run_id=run_id)


class Process(Shape):
    """A process of the service."""

    process_id: str
    kind: ProcessKind
    host: str
    version: str
    started_at: datetime
    seen_at: datetime
    gone_at: datetime | None = Field(description="Null while it counts as alive.")
    threads: int = Field(description="How many jobs it works on at once.")
    busy: int = Field(description="How many of them it has in hand.")
    jobs: list[HeldJob]
    cases: int = Field(description="How many cases it sends to just now.")
    seats: int = Field(description="How many seats its commands have taken or wait for.")

    @classmethod
    def of(cls, view: ProcessView) -> Self:
        """Return the process's."""
        about = view.about
        return cls(
            process_id=str(view.process_id),
            kind=about.kind,
            host=about.host,
            version=about.version,
            started_at=view.started_at,
            seen_at=view.seen_at,
            gone_at=view.gone_at,
            threads=about.threads,
            busy=view.busy,
            jobs=[HeldJob.of(job) for job in view.jobs],
            cases=view.cases,
            seats=view.seats,
        )


class Processes(Shape):
    """Those that live, then those that were gone within the last day."""

    items: list[Process]


class Schedule(Shape):
    """A timed job. `rhythm` says in words how often it is due."""

    name: JobName
    rhythm: str
    last_due_at: datetime | None
    last_done_at: datetime | None
    next_at: datetime
    overdue_s: int | None = Field(description="For how long a turn has been due that nobody began.")

    @classmethod
    def of(cls, job: Scheduled) -> Self:
        """Return the job's."""
        return cls(
            name=job.name,
            rhythm=str(job.rhythm),
            last_due_at=None if job.last is None else job.last.due_at,
            last_done_at=None if job.last is None else job.last.done_at,
            next_at=job.next_at,
            overdue_s=None if job.overdue is None else round(job.overdue.total_seconds()),
        )


class Schedules(Shape):
    """Timed jobs, in the order of the timetable."""

    items: list[Schedule]


class Late(Shape):
    """What is late of one firm and kind. `reason` is null where it merely waits for its turn."""

    firm_id: str
    kind: EventKind
    number: int
    oldest_delivery_id: str
    waits_s: int = Field(description="For how long its oldest has waited.")
    reason: Reason | None
    detail: str

    @classmethod
    def of(cls, found: CoreLate) -> Self:
        """Return the backlog's."""
        backlog = found.backlog
        return cls(
            firm_id=backlog.firm_id,
            kind=backlog.kind,
            number=backlog.number,
            oldest_delivery_id=str(backlog.oldest_id),
            waits_s=round(found.for_.total_seconds()),
            reason=found.reason,
            detail=found.detail,
        )


class LateList(Shape):
    """The longest first, up to 200 of `all`."""

    items: list[Late]
    all: int
