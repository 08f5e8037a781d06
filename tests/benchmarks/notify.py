"""`notify`: commits a second of what the intake stores, with relays woken after the commit."""

import statistics
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import psycopg

from tests.benchmarks import rows
from tests.benchmarks.bench import Bench
from tests.benchmarks.commits import READY, STARTING_GUN, Way
from tests.benchmarks.figure import Figure, MiscountError, must_be, take_turns

NAME = "notify"
BAR = 0.9
PROCESSES = 4
COUNT = "select count(*) from outbox"
_WITHIN_S = 300.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: `commits` on each of `connections` connections of each process."""

    connections: int
    commits: int
    rounds: int


FULL = Sizes(connections=4, commits=1_500, rounds=5)
QUICK = Sizes(connections=2, commits=10, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Commit on connections of several processes at once; limit: the same without waking anybody.

    One listens all the time, as a relay does. The old way, `notify` in each transaction, is told beside.
    """
    within: list[float] = []

    def ours() -> float:
        return _rate(bench, sizes, Way.AFTER)

    def limit() -> float:
        within.append(_rate(bench, sizes, Way.WITHIN))
        return _rate(bench, sizes, Way.NOT)

    measured = take_turns(sizes.rounds, ours, limit)
    return Figure(
        NAME,
        "commits/s",
        measured,
        BAR,
        f"{PROCESSES * sizes.connections} connections of {PROCESSES} processes, each transaction an inbox "
        "row, a delivery and an outbox row; limit: nobody is woken; with notify in each transaction "
        f"{statistics.median(within):.0f} commits/s",
        counts={"commits": PROCESSES * sizes.connections * sizes.commits},
    )


def _rate(bench: Bench, sizes: Sizes, way: Way) -> float:
    arguments = (way.value, str(sizes.connections), str(sizes.commits))
    total = PROCESSES * sizes.connections * sizes.commits
    with bench.database() as url, closing(bench.processes()) as processes, _listening(url) as listener:
        with psycopg.connect(url) as gun:
            gun.execute("select pg_advisory_xact_lock(%s)", [STARTING_GUN])
            started = [
                processes.start("tests.benchmarks.commits", *arguments, env={"BENCH_DATABASE_URL": url})
                for _ in range(PROCESSES)
            ]
            for process in started:
                process.wait_for_line(READY)
        heard = 0
        for process in started:
            must_be("exit code of who commits", process.wait(_WITHIN_S), 0)
            heard += len(list(listener.notifies(timeout=0)))
        must_be("commits", rows.count(url, COUNT), total)
        if (heard > 0) != (way is not Way.NOT) or (way is Way.AFTER and heard >= total):
            raise MiscountError(f"wake-ups {way.value} the commit: {heard} were heard")
        return rows.rate_by_beginning(url, "outbox", "created_at")


@contextmanager
def _listening(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(url, autocommit=True) as listener:
        listener.execute("listen casebridge_outbox")
        yield listener
