"""`intake`: events a second recorded from a full queue."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.event import EventKind
from tests.benchmarks import firms, queues, rows
from tests.benchmarks.bench import Bench, Service
from tests.benchmarks.figure import Figure, must_be, take_turns
from tests.servers import RunningProcess, eventually

NAME = "intake"
BAR = 0.6
QUEUE = EventKind.MESSAGE_SENT.value


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured. `firms` firms have `cases` cases each."""

    events: int
    firms: int
    cases: int
    rounds: int


FULL = Sizes(events=100_000, firms=20, cases=100, rounds=3)
QUICK = Sizes(events=500, firms=2, cases=10, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Let `casebridge intake` and a bare consumer, one process each, empty the same queue.

    Firms and cases are known, so each event makes a delivery that is ready and wakes its firm. The bare
    consumer writes the same inbox and delivery rows; lanes, jobs and checks of the event are ours to bear.
    """
    cases = firms.some_cases(sizes.firms, sizes.cases)
    bodies = firms.messages(cases, sizes.events)
    counts: dict[str, int] = {}

    def ours() -> float:
        with bench.service() as service:
            firms.store(service, cases)
            queues.fill(service.amqp_url, QUEUE, bodies)
            process = service.start("intake")
            _wait_until_recorded(service, process, sizes.events)
            service.end(process)
            counts.update(_counts(service, bodies))
            counts["lanes ready"] = must_be(
                "lanes ready",
                rows.count(service.database_url, "select count(*) from lanes where ready_at is not null"),
                min(sizes.events, sizes.firms * sizes.cases),
            )
            return rows.rate_by_beginning(service.database_url, "inbox", "received_at")

    def limit() -> float:
        with bench.service() as service:
            queues.fill(service.amqp_url, QUEUE, bodies)
            process = service.start_bare("intake", QUEUE, str(sizes.events))
            must_be("exit code of the bare consumer", process.wait(_within_s(sizes.events)), 0)
            _counts(service, bodies)
            return rows.rate_by_beginning(service.database_url, "inbox", "received_at")

    return Figure(
        NAME,
        "events/s",
        take_turns(sizes.rounds, ours, limit),
        BAR,
        f"{sizes.events} events of {sizes.firms} firms from a filled quorum queue, one process; "
        "limit: bare pika and psycopg, 100 a transaction, the same inbox and delivery rows",
        counts=counts,
    )


def _wait_until_recorded(service: Service, process: RunningProcess, number: int) -> None:
    """Wait without asking the database more than a few times: counting rows costs what is measured."""
    with queues.channel_to(service.amqp_url) as channel:

        def emptied() -> bool:
            assert process.is_running(), process.output[-2000:]
            return queues.ready(channel, QUEUE) == 0

        eventually(emptied, _within_s(number), "the queue being empty", poll_s=0.25)

    def recorded() -> bool:
        return rows.count(service.database_url, "select count(*) from inbox") >= number

    eventually(recorded, 30, "all events being recorded", poll_s=0.1)


def _counts(service: Service, bodies: Sequence[bytes]) -> dict[str, int]:
    """Count what was left behind: nothing may be missing, doubled, or still in the queue."""
    url = service.database_url
    with queues.channel_to(service.amqp_url) as channel:
        left = queues.ready(channel, QUEUE)
    pending = "select count(*) from deliveries where state = 'pending'"
    return {
        "events": len(bodies),
        "inbox rows": must_be("inbox rows", rows.count(url, "select count(*) from inbox"), len(bodies)),
        "deliveries": must_be("deliveries", rows.count(url, pending), len(bodies)),
        "left in the queue": must_be("left in the queue", left, 0),
    }


def _within_s(number: int) -> float:
    return 60 + number / 200
