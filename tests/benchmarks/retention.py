"""`retention`: what the removal of old rows costs those who claim, and whether it keeps up.

    python -m tests.benchmarks.retention --database-url postgresql://… --deliveries 20000000

does the same in an empty database of yours. ADR 100 has what came of it.
"""

import argparse
import hashlib
import itertools
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, LiteralString

import psycopg

from adapters.postgres.store.access import prepare_role
from adapters.postgres.store.migrate import migrate
from adapters.postgres.store.pool import Pool, open_pool
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from core.actor import SYSTEM, Actor
from core.delivery import Attempt, DeliveryState
from core.event import EventKind
from core.ports.deliveries import NewDelivery
from core.process import AboutProcess, ProcessKind, owner_of
from core.retention import Retention
from core.usecases.remove_old import RemoveOld
from scheduler.cleaner import Cleaner
from tests.benchmarks import rows
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, MiscountError, Round, must_be
from tests.fakes.samples import a_firm, a_message
from tests.system_clock import SystemClock

NAME = "retention"
BAR = 1.2
NAME_RATE = "retention-rate"
BAR_RATE = 1.0
NEW_A_SECOND: Final = 600
FIRMS: Final = 20
CASES: Final = 1_000  # of each firm
RETENTION: Final = Retention()
_EVERY_S: Final = 0.1
_LANES: Final = 40
_CHUNK: Final = 500_000

# Nine in ten are past their retention, and have lost their text long ago; the others were delivered lately.
_LOAD_DELIVERIES: Final = """
insert into deliveries (
    firm_id, kind, subject_id, case_integration_id, occurred_at, state, data, attempts, first_attempt_at,
    note_id, began_at, took_ms, delivered_at, purged_at, created_at
)
select 'firm' || n %% %(firms)s, 'message-sent', substr(md5(n::text), 1, 20),
       (300001 + n / %(firms)s %% %(cases)s)::text, at, 'delivered',
       jsonb_build_object('direction', 'inbound', 'sender_role', 'client')
           || case when n <= %(old)s then '{}' else jsonb_build_object('text', repeat(md5(n::text), 6)) end,
       1, at, (9000000 + n)::text, at, 40, at, case when n <= %(old)s then at + interval '30 days' end, at
from generate_series(%(first)s::bigint, %(last)s::bigint) as n
cross join lateral (
    select now() - interval '20 days' - case
        when n <= %(old)s then interval '170 days' + interval '200 days' * ((%(old)s - n)::float8 / %(old)s)
        else interval '5 days' * ((%(all)s - n)::float8 / %(all)s)
    end as at
) as age
"""
_LOAD_INBOX: Final = """
insert into inbox (firm_id, kind, subject_id, event_id, source, digest, received_at)
select 'firm' || n %% %(firms)s, 'message-sent', substr(md5(n::text), 1, 20),
       substr(md5('e' || n::text), 1, 30), 'https://case-status.test', md5('d' || n::text) || md5(n::text),
       now()
from generate_series(%(first)s::bigint, %(last)s::bigint) as n
"""
_LOAD_LANES: Final = """
insert into lanes (firm_id, kind, case_integration_id)
select 'firm' || firm, 'message-sent', (300000 + place)::text
from generate_series(0, %(firms)s - 1) as firm, generate_series(1, %(cases)s) as place
"""
_INDEXES: Final = """
select indexrelid::regclass::text, pg_get_indexdef(indexrelid), conname, conrelid::regclass::text,
       pg_get_constraintdef(pg_constraint.oid)
from pg_index
left join pg_constraint on conindid = indexrelid and contype in ('p', 'u')
where indrelid in ('deliveries'::regclass, 'inbox'::regclass)
  and conname is distinct from 'deliveries_pkey'
"""
_REMOVED: Final[LiteralString] = (
    "select coalesce(sum(removed), 0)::bigint from removals where name = 'delivered'"
)
_INBOX: Final[LiteralString] = "select count(*) from inbox"
_SIZE: Final[LiteralString] = "select pg_total_relation_size('deliveries') / 1048576"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: `deliveries` stored before, so many pairs of windows of so long."""

    deliveries: int
    window_s: float
    rounds: int
    warm_up_s: float = 2.0


FULL = Sizes(deliveries=400_000, window_s=10.0, rounds=3)
QUICK = Sizes(deliveries=1_500, window_s=0.6, rounds=1, warm_up_s=0.2)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Let messages come, be claimed and be delivered, with removal beside and without, taking turns."""
    with bench.database() as url:
        load(url, sizes.deliveries)
        return measured(url, sizes)


def measure_rate(bench: Bench, sizes: Sizes) -> Figure:
    """Count what removal takes away while so many new ones come as are promised."""
    with bench.database() as url:
        load(url, sizes.deliveries)
        with _working(url, sizes.warm_up_s) as work:
            rounds = []
            for _ in range(sizes.rounds):
                before = rows.count(url, _REMOVED)
                took_s = work.window(sizes.window_s, removing=True)
                rounds.append(Round((rows.count(url, _REMOVED) - before) / took_s, NEW_A_SECOND))
        return Figure(
            NAME_RATE,
            "rows/s",
            tuple(rounds),
            BAR_RATE,
            f"removed of {sizes.deliveries} deliveries, nine in ten past their retention, while "
            f"{NEW_A_SECOND}/s come and are delivered; limit: those that come",
            counts=_counts(url, sizes.deliveries, work),
        )


def measured(url: str, sizes: Sizes, say: Callable[[str], object] = lambda _: None) -> Figure:
    """Measure in a database that is loaded."""
    with _working(url, sizes.warm_up_s) as work:
        rounds, removed, took_s, sizes_mib = [], 0, 0.0, [rows.count(url, _SIZE)]
        for number in range(sizes.rounds):
            claims: dict[bool, float] = {}
            for removing in (number % 2 == 0, number % 2 == 1):
                before = rows.count(url, _REMOVED)
                work.claims_s.clear()
                window_s = work.window(sizes.window_s, removing=removing)
                if not work.claims_s:
                    raise MiscountError("nothing was claimed")
                claims[removing] = statistics.median(work.claims_s) * 1000
                if removing:
                    removed += rows.count(url, _REMOVED) - before
                    took_s += window_s
                slowest = sorted(work.claims_s)[int(0.99 * len(work.claims_s))] * 1000
                sizes_mib.append(rows.count(url, _SIZE))
                say(
                    f"{'with' if removing else 'without'} removal: {claims[removing]:.2f} ms/claim, median, "
                    f"{slowest:.1f} at p99, {len(work.claims_s)} claims, {work.late_s:.2f} s late, "
                    f"removed {removed} in {took_s:.0f} s, deliveries have {sizes_mib[-1]} MiB"
                )
            rounds.append(Round(claims[True], claims[False]))
    rate = removed / took_s
    return Figure(
        NAME,
        "ms/claim",
        tuple(rounds),
        BAR,
        f"median claim of {_LANES} lanes among {sizes.deliveries} deliveries, nine in ten past their "
        f"retention, while {NEW_A_SECOND}/s come and are delivered and {rate:.0f}/s are removed; "
        "limit: without removal",
        at_most=True,
        counts=_counts(url, sizes.deliveries, work),
    )


def load(url: str, number: int, say: Callable[[str], object] = lambda _: None) -> None:
    """Store so many deliveries with their inbox; indexes are built afterwards."""
    old = number * 9 // 10
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set maintenance_work_mem = '512MB'")
        connection.execute("set synchronous_commit = off")
        indexes = connection.execute(_INDEXES).fetchall()
        for index, _, constraint, table, _ in indexes:
            drop = (
                f"alter table {table} drop constraint {constraint}" if constraint else f"drop index {index}"
            )
            connection.execute(drop.encode())
        named = {"firms": FIRMS, "cases": CASES, "old": old, "all": number}
        connection.execute(_LOAD_LANES, named)
        for first in range(1, number + 1, _CHUNK):
            chunk = {**named, "first": first, "last": min(first + _CHUNK - 1, number)}
            connection.execute(_LOAD_INBOX, chunk)
            connection.execute(_LOAD_DELIVERIES, chunk)
            say(f"{chunk['last']} loaded")
        for index, definition, constraint, table, rule in indexes:
            add = f"alter table {table} add constraint {constraint} {rule}" if constraint else definition
            connection.execute(add.encode())
            say(f"{index} built")
        connection.execute("vacuum (analyze) deliveries")
        connection.execute("vacuum (analyze) inbox")
        connection.execute("analyze lanes")
    must_be("deliveries loaded", rows.count(url, "select count(*) from deliveries"), number)


@dataclass(slots=True)
class _Work:
    """What goes on: messages come at their rate, a worker claims and delivers, and the cleaner removes."""

    pool: Pool
    owner: str
    known: int
    claims_s: list[float] = field(default_factory=list)
    come: int = 0
    late_s: float = 0.0
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def unit_of_work(self, actor: Actor) -> PostgresUnitOfWork:
        """Return a transaction."""
        return PostgresUnitOfWork(self.pool, actor)

    def window(self, seconds: float, *, removing: bool) -> float:
        """Work for so long, and return for how long it was."""
        stop = threading.Event()
        failed: list[BaseException] = []
        threads = [
            threading.Thread(target=_noting(failed, part), args=(stop,))
            for part in (self._come, self._deliver)
        ]
        began = time.perf_counter()
        with Cleaner(RemoveOld(self.unit_of_work, RETENTION)) if removing else _nobody():
            for thread in threads:
                thread.start()
            stop.wait(seconds)
            stop.set()
            for thread in threads:
                thread.join()
            took_s = time.perf_counter() - began
        if failed:
            raise failed[0]
        return took_s

    def _come(self, stop: threading.Event) -> None:
        """Take on so many a second; `late_s` is how far behind the rate it ends."""
        event, batch, next_at = a_message(), round(NEW_A_SECOND * _EVERY_S), time.perf_counter()
        while not stop.is_set():
            now = SystemClock().now()
            events = [
                replace(
                    event,
                    event_id=f"new-{n}",
                    subject_id=hashlib.md5(f"{self.known} {n}".encode(), usedforsecurity=False).hexdigest(),
                    firm_id=f"firm{n % FIRMS}",
                    case_integration_id=str(300_001 + random.randrange(CASES)),
                    occurred_at=now + timedelta(microseconds=n),
                )
                for n in itertools.islice(self._numbers, batch)
            ]
            with self.unit_of_work(SYSTEM) as uow:
                uow.inbox.record(events)
                uow.deliveries.add([NewDelivery(event) for event in events])
                uow.commit()
            self.come += len(events)
            next_at += _EVERY_S
            self.late_s = max(0.0, time.perf_counter() - next_at)
            stop.wait(next_at - time.perf_counter())

    def _deliver(self, stop: threading.Event) -> None:
        """Claim of the firms in turn as a worker does, one message a lane so that all claims are alike."""
        kind, stored = EventKind.MESSAGE_SENT, random.randrange(10**9)
        for number in itertools.count():
            if stop.is_set():
                return
            firm_id = f"firm{number % FIRMS}"
            began = time.perf_counter()
            with self.unit_of_work(SYSTEM) as uow:
                lanes = uow.deliveries.claim(firm_id, kind, owner=self.owner, lanes=_LANES, limit=1)
                uow.commit()
            if not lanes:
                stop.wait(0.005)
                continue
            self.claims_s.append(time.perf_counter() - began)
            now = SystemClock().now()
            attempts = [
                Attempt(one, DeliveryState.DELIVERED, now, stored_id=f"{stored}-{one.delivery_id}")
                for lane in lanes
                for one in lane.deliveries
            ]
            with self.unit_of_work(SYSTEM) as uow:
                uow.deliveries.record(self.owner, attempts)
                uow.deliveries.release(
                    firm_id, kind, self.owner, [lane.case_integration_id for lane in lanes]
                )
                uow.commit()


@contextmanager
def _working(url: str, warm_up_s: float) -> Iterator[_Work]:
    with open_pool(url, min_size=3, max_size=4, application_name="bench") as pool:
        with PostgresUnitOfWork(pool, SYSTEM) as uow:
            for number in range(FIRMS):
                uow.firms.save(a_firm(f"firm{number}"))
            process_id = uow.processes.begin(AboutProcess(ProcessKind.WORKER, "bench", "1", 8))
            uow.commit()
        work = _Work(pool, owner_of(process_id, 1), rows.count(url, _INBOX))
        # Statements are prepared, caches filled, and the planner has seen that something is open, as in a
        # service that has run for a day.
        work.window(warm_up_s, removing=False)
        with psycopg.connect(url, autocommit=True) as connection:
            for table in ("deliveries", "inbox", "lanes"):
                connection.execute(f"analyze {table}".encode())
        yield work


def _noting(
    failed: list[BaseException], part: Callable[[threading.Event], None]
) -> Callable[[threading.Event], None]:
    def noted(stop: threading.Event) -> None:
        try:
            part(stop)
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            failed.append(error)

    return noted


@contextmanager
def _nobody() -> Iterator[None]:
    yield


def _counts(url: str, number: int, work: _Work) -> dict[str, int]:
    """Count what was left behind: what was removed is known, and nothing is lost."""
    known = rows.count(url, "select count(*) from inbox where state is not null")
    must_be("removed and known", known, rows.count(url, _REMOVED))
    left = rows.count(url, "select count(*) from deliveries")
    must_be("known and left", known + left, work.known + work.come)
    must_be("inbox", rows.count(url, _INBOX), work.known + work.come)
    too_young = "select count(*) from inbox where ended_at > now() - interval '180 days'"
    must_be("removed too early", rows.count(url, too_young), 0)
    return {"deliveries before": number}


def main(arguments: list[str] | None = None) -> int:
    """Measure in a database of one's own."""
    made = argparse.ArgumentParser(prog="python -m tests.benchmarks.retention", description=__doc__)
    made.add_argument("--database-url", required=True, help="an empty database")
    made.add_argument("--deliveries", type=int, default=FULL.deliveries)
    made.add_argument("--window", type=float, default=20.0, help="seconds")
    made.add_argument("--rounds", type=int, default=5)
    made.add_argument("--loaded", action="store_true", help="it was loaded by an earlier run")
    options = made.parse_args(arguments)
    began = time.perf_counter()

    def say(line: str) -> None:
        print(f"{time.perf_counter() - began:7.1f} s  {line}", flush=True)

    if not options.loaded:
        migrate(options.database_url)
        prepare_role(options.database_url)
        load(options.database_url, options.deliveries, say)
    figure = measured(options.database_url, Sizes(options.deliveries, options.window, options.rounds), say)
    say(f"{figure.to_data()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
