"""`relay`: outbox rows a second published and marked."""

from dataclasses import dataclass

import psycopg

from adapters.rabbitmq.topology import INTEGRATION_EXCHANGE
from core.actor import SYSTEM
from core.announcement import Announcement, AnnouncementKind
from core.changes import case_data
from core.schedule import JobName
from tests.benchmarks import queues, rows
from tests.benchmarks.bench import Bench, Service
from tests.benchmarks.figure import Figure, must_be, take_turns
from tests.fakes.samples import a_case
from tests.servers import RunningProcess, eventually

NAME = "relay"
BAR = 0.5
JOBS = JobName.SYNC_MESSAGES.value
LISTENER = "bench.case-status"
CHUNK = 1000
JOBS_IN_CHUNK = 100
UNPUBLISHED = "select count(*) from outbox where published_at is null"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured; `rows` in whole thousands, a tenth of them jobs."""

    rows: int
    rounds: int


FULL = Sizes(rows=60_000, rounds=5)
QUICK = Sizes(rows=1_000, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Let `casebridge schedule` and a bare SelectConnection, one process each, empty the same outbox.

    Nine tenths are announcements, which a quorum queue takes, one tenth are jobs.
    """
    counts: dict[str, int] = {}
    announcements = sizes.rows - sizes.rows // CHUNK * JOBS_IN_CHUNK

    with bench.service() as source:
        _fill_outbox(source, sizes.rows)
        source.let_go()

        def round_of(*, ours: bool) -> float:
            with bench.service(template=source.database_url) as service:
                queues.bind_durable(service.amqp_url, INTEGRATION_EXCHANGE, LISTENER)
                process = service.start("schedule") if ours else service.start_bare("relay")
                if ours:
                    _wait_until_published(service, process, sizes.rows)
                    service.end(process)
                else:
                    must_be("exit code of the bare relay", process.wait(_within_s(sizes.rows)), 0)
                with queues.channel_to(service.amqp_url) as channel:
                    found = {
                        "announcements": queues.ready(channel, LISTENER),
                        "jobs": queues.ready(channel, JOBS),
                    }
                counts["announcements"] = must_be("announcements", found["announcements"], announcements)
                counts["jobs"] = must_be("jobs", found["jobs"], sizes.rows - announcements)
                counts["unpublished"] = must_be(
                    "unpublished", rows.count(service.database_url, UNPUBLISHED), 0
                )
                return rows.rate_by_end(service.database_url, "outbox", "published_at")

        measured = take_turns(sizes.rounds, lambda: round_of(ours=True), lambda: round_of(ours=False))
    return Figure(
        NAME,
        "rows/s",
        measured,
        BAR,
        f"{sizes.rows} outbox rows, a tenth of them jobs, into quorum queues, one process; "
        "limit: bare SelectConnection, 500 in flight, one update a window",
        counts=counts,
    )


def _fill_outbox(service: Service, number: int) -> None:
    """Write rows as the use cases do: announcements of imported cases, and between them jobs."""
    place = 0
    for _ in range(number // CHUNK):
        told = []
        for _ in range(CHUNK - JOBS_IN_CHUNK):
            place += 1
            case = a_case(str(place))
            ids = {"case_integration_id": case.integration_id, "readable_id": case.readable_id}
            told.append(
                Announcement(
                    AnnouncementKind.CASE_IMPORTED, "firm1", case.integration_id, {**ids, **case_data(case)}
                )
            )
        with service.application.store.unit_of_work(SYSTEM) as uow:
            uow.outbox.announce(told)
            uow.commit()
        with psycopg.connect(service.database_url) as connection:
            connection.execute(
                "insert into outbox (queue, firm_id, job_id, body) "
                "select %s, 'firm1', n, to_json(n) from generate_series(1, %s) as n",
                [JOBS, JOBS_IN_CHUNK],
            )


def _wait_until_published(service: Service, process: RunningProcess, number: int) -> None:
    def emptied() -> bool:
        assert process.is_running(), process.output[-2000:]
        return rows.count(service.database_url, UNPUBLISHED) == 0

    eventually(emptied, _within_s(number), "the outbox being empty", poll_s=0.25)


def _within_s(number: int) -> float:
    return 60 + number / 500
