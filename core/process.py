"""A process of the service and its sign of life (ADR 97)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.schedule import JobName


class ProcessKind(StrEnum):
    """What a process is there for."""

    WORKER = "worker"
    SCHEDULER = "scheduler"
    INTAKE = "intake"
    WEB = "web"
    COMMAND = "command"  # one that calls a firm's SmartAdvocate by itself, for a person
    ALL_IN_ONE = "all-in-one"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How often a process shows that it lives, and what is made of its silence.

    It renews its sign of life `every` so often. Others look with `look_every` between, and declare it gone
    when it has been silent for `gone_after` by the store's clock and a look never took longer than
    `look_within` to follow the one before. It begins calls for `calls_for` from the moment in which it asked
    for its last renewal: what lies between that and `gone_after` is for clocks that do not run alike.
    """

    every: timedelta = timedelta(seconds=3)
    look_every: timedelta = timedelta(seconds=1)
    look_within: timedelta = timedelta(seconds=3)
    gone_after: timedelta = timedelta(seconds=15)
    calls_for: timedelta = timedelta(seconds=10)

    @property
    def clocks_differ_by(self) -> timedelta:
        """How far the store's clock and a looker's may part during a watch; more is a step."""
        return self.look_within / 2

    @property
    def quiet(self) -> timedelta:
        """How long before it is declared gone a process has begun its last call, at the least."""
        return self.gone_after - self.calls_for - self.clocks_differ_by


HEARTBEAT: Final = Heartbeat()
KEEP_GONE_FOR: Final = timedelta(days=1)  # for people to see; far longer than any transaction lasts


@dataclass(frozen=True, slots=True)
class AboutProcess:
    """What is told of a process: kind, host, version, and how many jobs it works on at once."""

    kind: ProcessKind
    host: str
    version: str
    threads: int = 0


@dataclass(frozen=True, slots=True)
class HeldJob:
    """A job in hand. `run_id` names the run of which it is a slice."""

    name: JobName | str
    firm_id: str
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class ProcessView:
    """A process as people see it; times in UTC. `gone_at` is None while it counts as alive.

    `jobs` are in hand, one a busy thread; `cases` is how many it sends to just now, `seats` how many seats
    its commands have taken or wait for.
    """

    process_id: int
    about: AboutProcess
    started_at: datetime
    seen_at: datetime
    gone_at: datetime | None = None
    jobs: tuple[HeldJob, ...] = ()
    cases: int = 0
    seats: int = 0

    @property
    def busy(self) -> int:
        """How many of its threads work on a job."""
        return len(self.jobs)


def owner_of(process_id: int, errand: int) -> str:
    """Return the name in which a process claims for one of its errands: "12/345"."""
    return f"{process_id}/{errand}"


def process_of(owner: str) -> int:
    """Return the number of the process that claims in this name."""
    return int(owner.partition("/")[0])
