"""Messages on their way to being notes: offered to workers, and counted where they arrive."""

from collections.abc import Sequence
from datetime import datetime

import pika

from core.actor import SYSTEM
from core.schedule import JobName
from core.usecases.receive_events import Incoming
from tests.benchmarks import firms, queues, rows
from tests.benchmarks.bench import Service
from tests.benchmarks.figure import must_be
from tests.benchmarks.sandboxes import Sandbox
from tests.servers import RunningProcess, eventually

DELIVERED = "select count(*) from deliveries where state = 'delivered' and attempts = 1"
_JOBS = JobName.SYNC_MESSAGES.value
_RECEIVE_BATCH = 200
_UNPUBLISHED = "select count(*) from outbox where published_at is null"


def cases_of(site: Sandbox, number: int, cases: int) -> firms.Cases:
    """Return the first cases of the sandbox's first firms."""
    names = [f"firm{n}" for n in range(1, number + 1)]
    return {name: site.case_ids(name, cases) for name in names}


def receive(service: Service, bodies: Sequence[bytes]) -> None:
    """Record events as the intake does."""
    take = service.application.store.receive_events
    for begin in range(0, len(bodies), _RECEIVE_BATCH):
        take(SYSTEM, [Incoming("bench", body) for body in bodies[begin : begin + _RECEIVE_BATCH]])


def wait_until_offered(service: Service, scheduler: RunningProcess, number: int) -> None:
    """Wait until so many firms' jobs are in the workers' queue."""

    def offered() -> bool:
        assert scheduler.is_running(), scheduler.output[-2000:]
        with queues.channel_to(service.amqp_url) as channel:
            return queues.ready(channel, _JOBS) >= number and (
                rows.count(service.database_url, _UNPUBLISHED) == 0
            )

    eventually(offered, 60, "the jobs being offered", poll_s=0.25, ignoring=(pika.exceptions.AMQPError,))


def wait_until_written(site: Sandbox, processes: Sequence[RunningProcess], number: int) -> None:
    """Wait until so many notes are there."""

    def written() -> bool:
        for process in processes:
            assert process.is_running(), process.output[-2000:]
        return bool(site.ask("report", notes=0)["notes_written"] >= number)

    eventually(written, within_s(number), "all notes being written", poll_s=0.5)


def counts(site: Sandbox, number: int) -> dict[str, int]:
    """Return what the sandbox counted. Raises MiscountError where a note is missing or there twice."""
    report = site.ask("report", notes=0)
    return {
        "notes written": must_be("notes written", report["notes_written"], number),
        "notes duplicated": must_be("notes duplicated", report["notes_duplicated"], 0),
    }


def arrivals(site: Sandbox) -> list[tuple[datetime, str]]:
    """Return when each note came, and its mark, by time."""
    return sorted(
        (datetime.fromisoformat(note["receivedAt"]), str(note["mark"]).rpartition(" ")[2])
        for cases in site.ask("report")["notes"].values()
        for notes in cases.values()
        for note in notes
    )


def rate(instants: Sequence[datetime]) -> float:
    """Return notes a second from the first to the last, by the sandbox's clock."""
    return (len(instants) - 1) / (max(instants) - min(instants)).total_seconds()


def within_s(number: int) -> float:
    """Return how long so many notes may take before something is wrong."""
    return 60 + number / 50
