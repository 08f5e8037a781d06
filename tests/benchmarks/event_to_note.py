"""`event-to-note`: how long a message takes from the exchange to its note, while nothing else waits."""

import itertools
import json
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.message import reference_mark
from sandbox.upstream import publish_amqp
from sandbox.upstream_events import MessageEvents
from tests.benchmarks import firms, written
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, Round, must_be
from tests.benchmarks.sandboxes import Sandbox, sandbox
from tests.system_clock import SystemClock

NAME, NAME_P99 = "event-to-note", "event-to-note-p99"
MEDIAN_MS, P99_MS = 150.0, 1_000.0
BAR = 1.0  # of the milliseconds above, at most
THREADS = 8
ANSWER_MS = 20
RATE = 50
READY = ("scheduler_ready", "intake_ready", "worker_ready")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured, after `warm_up` events that are not."""

    events: int
    warm_up: int
    firms: int
    cases: int
    rounds: int


FULL = Sizes(events=1_500, warm_up=100, firms=10, cases=50, rounds=3)
QUICK = Sizes(events=15, warm_up=3, firms=2, cases=5, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Return the median of each round beside its limit."""
    rounds: list[Round] = []
    counts: dict[str, int] = {}
    for _ in range(sizes.rounds):
        delays, counts = _round(bench, sizes)
        rounds.append(Round(statistics.median(delays), MEDIAN_MS))
    return Figure(NAME, "ms", tuple(rounds), BAR, f"median; {_detail(sizes)}", at_most=True, counts=counts)


def measure_p99(bench: Bench, sizes: Sizes) -> Figure:
    """Return the 99th percentile of each round beside its limit."""
    rounds: list[Round] = []
    counts: dict[str, int] = {}
    for _ in range(sizes.rounds):
        delays, counts = _round(bench, sizes)
        rounds.append(Round(statistics.quantiles(delays, n=100)[98], P99_MS))
    return Figure(
        NAME_P99, "ms", tuple(rounds), BAR, f"99th percentile; {_detail(sizes)}", at_most=True, counts=counts
    )


def _detail(sizes: Sizes) -> str:
    return (
        f"{RATE} messages a second of {sizes.firms} firms published to the exchange, until each is a note in "
        f"a SmartAdvocate that answers in {ANSWER_MS} ms; one intake, scheduler and worker with {THREADS} "
        "threads; the firms' own rate limit is off; limit: what is allowed"
    )


def _round(bench: Bench, sizes: Sizes) -> tuple[list[float], dict[str, int]]:
    """Return each event's milliseconds, and what the sandbox counted."""
    with sandbox(bench.processes, firms=sizes.firms, cases=sizes.cases) as site, bench.service() as service:
        cases = written.cases_of(site, sizes.firms, sizes.cases)
        firms.store(service, cases, site.base_url)
        site.answer_in(ANSWER_MS)
        processes = [service.start("schedule"), service.start("intake")]
        processes.append(service.start("work", "--threads", str(THREADS)))
        for process, line in zip(processes, ("scheduler_ready", "intake_ready", "worker_ready"), strict=True):
            process.wait_for_line(line)
        left: dict[str, datetime] = {}
        bodies = _as_they_leave(cases, left)
        publish_amqp(service.amqp_url, itertools.islice(bodies, sizes.warm_up), rate=RATE)
        written.wait_until_written(site, processes, sizes.warm_up)
        left.clear()
        publish_amqp(service.amqp_url, itertools.islice(bodies, sizes.events), rate=RATE)
        total = sizes.warm_up + sizes.events
        written.wait_until_written(site, processes, total)
        for process in reversed(processes):
            service.end(process)
        return _delays(site, left, sizes), written.counts(site, total)


def _as_they_leave(cases: firms.Cases, left: dict[str, datetime]) -> Iterator[bytes]:
    """Make events of firms that take turns, each at the moment it is asked for; note that by its mark."""
    sources = [MessageEvents(firm_id, case_ids) for firm_id, case_ids in cases.items()]
    clock = SystemClock()
    for n in itertools.count():
        now = clock.now()
        body = sources[n % len(sources)].body(n // len(sources), now)
        data = json.loads(body)["data"]
        left[reference_mark(data["firm_id"], data["message_id"])] = now
        yield body


def _delays(site: Sandbox, left: dict[str, datetime], sizes: Sizes) -> list[float]:
    came = {mark: instant for instant, mark in written.arrivals(site)}
    delays = [
        (came[mark] - instant) / timedelta(milliseconds=1) for mark, instant in left.items() if mark in came
    ]
    must_be("events timed", len(delays), sizes.events)
    return delays
