"""`idle-firms`: what thousands of firms with nothing to do cost the scheduler."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from core.actor import SYSTEM
from core.schedule import TIMETABLE, Every, JobName
from core.usecases.publish_due_jobs import PublishDueJobs
from core.usecases.receive_events import Incoming
from tests.benchmarks import firms, rows
from tests.benchmarks.bench import Bench, Service
from tests.benchmarks.figure import Figure, Round, must_be

NAME = "idle-firms"
BAR = 1.5
NIGHT = datetime(2026, 11, 2, 22, 0, tzinfo=UTC)
"""After the nightly slot, with a day until the next one: what that starts is no idling."""

IDLE_FIRMS = """
insert into firms (firm_id, name, base_url, connection, sync_mode, nightly_sync, immediate, settings)
select 'idle' || n, 'Idle', base_url, connection, sync_mode, nightly_sync, immediate, settings
from firms, generate_series(1, %s) as n
where firm_id = 'firm1'
"""
# What they did once is done: a case with a message delivered long ago.
IDLE_LANES = """
insert into lanes (firm_id, kind, case_integration_id)
select firm_id, 'message-sent', '300001' from firms where firm_id like 'idle%'
"""
IDLE_DELIVERIES = """
insert into deliveries (firm_id, kind, subject_id, case_integration_id, occurred_at, state, data)
select firm_id, 'message-sent', 'm-1', '300001', '2026-10-01T12:00:00Z', 'delivered', '{}'
from firms where firm_id like 'idle%'
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: ticks a round, over `idle` and `busy` firms."""

    idle: int
    busy: int
    ticks: int
    rounds: int


FULL = Sizes(idle=100_000, busy=10, ticks=200, rounds=3)
QUICK = Sizes(idle=200, busy=3, ticks=5, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Tick with and without the idle firms, taking turns tick by tick; each tick meets fresh slots."""
    with bench.service() as alone, bench.service() as crowded:
        for service in (alone, crowded):
            _make_busy(service, sizes.busy)
        _add_idle(crowded, sizes.idle)
        for service in (alone, crowded):
            _analyze(service)
        ours, limit = Ticker(crowded), Ticker(alone)
        rounds = []
        for _ in range(sizes.rounds):
            pairs = [(ours.tick(), limit.tick()) for _ in range(sizes.ticks)]
            rounds.append(
                Round(
                    statistics.median(mine for mine, _ in pairs) * 1000,
                    statistics.median(theirs for _, theirs in pairs) * 1000,
                )
            )
        all_firms = "select count(*) from firms"
        counts = {
            "firms": must_be("firms", rows.count(crowded.database_url, all_firms), sizes.idle + sizes.busy),
            "firms alone": must_be("firms alone", rows.count(alone.database_url, all_firms), sizes.busy),
            "ticks": must_be("ticks", ours.ticks, limit.ticks),
            "jobs": must_be("jobs", ours.jobs, sizes.busy * ours.ticks),
            "jobs alone": must_be("jobs alone", limit.jobs, sizes.busy * limit.ticks),
        }
    return Figure(
        NAME,
        "ms/tick",
        tuple(rounds),
        BAR,
        f"median of {sizes.ticks} ticks with {sizes.idle} idle and {sizes.busy} busy firms; "
        f"limit: the same with the {sizes.busy} busy firms alone",
        at_most=True,
        counts=counts,
    )


class Ticker:
    """A scheduler's timetable on one database, whose clock goes on by one slot of messages a tick."""

    def __init__(self, service: Service) -> None:
        self.ticks = 0
        self.jobs = 0
        self._now = NIGHT
        self._publish = PublishDueJobs(
            service.application.store.unit_of_work, self, TIMETABLE, service.application.store.notices
        )
        self._forget: Callable[[], None] = lambda: _forget_jobs(service)
        self._publish.tick(SYSTEM)  # the first opens the nightly slot, and prepares the statements
        self._forget()

    def now(self) -> datetime:
        """Return the time it is for the timetable."""
        return self._now

    def tick(self) -> float:
        """Return the seconds that a tick took; its jobs are taken away afterwards."""
        rhythm = TIMETABLE[JobName.SYNC_MESSAGES]
        assert isinstance(rhythm, Every)
        self._now += rhythm.period
        begun = time.perf_counter()
        started = self._publish.tick(SYSTEM)
        seconds = time.perf_counter() - begun
        self.ticks += 1
        self.jobs += started[JobName.SYNC_MESSAGES]
        self._forget()
        return seconds


def _make_busy(service: Service, number: int) -> None:
    """Store firms that each have messages waiting in several cases."""
    cases = firms.some_cases(number, 20)
    firms.store(service, cases)
    receive = service.application.store.receive_events
    bodies: Sequence[bytes] = firms.messages(cases, number * 40)
    receive(SYSTEM, [Incoming("bench", body) for body in bodies])
    _forget_jobs(service)


def _add_idle(service: Service, number: int) -> None:
    with psycopg.connect(service.database_url) as connection:
        connection.execute(IDLE_FIRMS, [number])
        connection.execute(IDLE_LANES)
        connection.execute(IDLE_DELIVERIES)


def _analyze(service: Service) -> None:
    """Do what autovacuum will have done in a service that has run for a day."""
    with psycopg.connect(service.database_url, autocommit=True) as connection:
        connection.execute("vacuum analyze")


def _forget_jobs(service: Service) -> None:
    with psycopg.connect(service.database_url) as connection:
        connection.execute("delete from jobs")
        connection.execute("delete from outbox")
