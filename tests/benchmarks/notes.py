"""`notes`: notes a second that one worker writes into SmartAdvocate."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pika

from adapters.smartadvocate.wire_notes import write_note
from core.message import compose_note
from core.schedule import JobName
from core.usecases.receive_event import Incoming
from tests.benchmarks import firms, queues, rows
from tests.benchmarks.bench import Bench, Service
from tests.benchmarks.figure import Figure, must_be, take_turns
from tests.benchmarks.sandboxes import Sandbox, sandbox
from tests.servers import RunningProcess, eventually

NAME = "notes"
BAR = 0.6
THREADS = 8
JOBS = JobName.SYNC_MESSAGES.value
RECEIVE_BATCH = 200
DELIVERED = "select count(*) from deliveries where state = 'delivered' and attempts = 1"
UNPUBLISHED = "select count(*) from outbox where published_at is null"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured. `firms` firms have `cases` cases each."""

    notes: int
    firms: int
    cases: int
    rounds: int


FULL = Sizes(notes=12_000, firms=16, cases=125, rounds=3)
QUICK = Sizes(notes=600, firms=4, cases=25, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Let `casebridge work` and a bare client with as many threads write the same notes.

    All messages wait before the worker starts. The sandbox says when the first and the last note came; each
    side has a fresh one. `casebridge schedule` runs beside the worker, as it does in earnest.
    """
    counts: dict[str, int] = {}

    def ours() -> float:
        with sandbox(bench.guard, firms=sizes.firms, cases=sizes.cases) as site, bench.service() as service:
            cases = _cases_of(site, sizes)
            firms.store(service, cases, site.base_url)
            _receive(service, firms.messages(cases, sizes.notes))
            scheduler = service.start("schedule")
            _wait_until_offered(service, scheduler, sizes.firms)
            worker = service.start("work", "--threads", str(THREADS))
            _wait_until_written(site, worker, sizes.notes)
            service.end(worker)
            service.end(scheduler)
            delivered = rows.count(service.database_url, DELIVERED)
            counts["rows delivered at once"] = must_be("rows delivered at once", delivered, sizes.notes)
            counts.update(_counts(site, sizes.notes))
            return _rate(site)

    def limit() -> float:
        with (
            sandbox(bench.guard, firms=sizes.firms, cases=sizes.cases) as site,
            bench.service() as service,
            tempfile.TemporaryDirectory(prefix="cbbench-") as folder,
        ):
            cases = _cases_of(site, sizes)
            file = Path(folder) / "requests.json"
            file.write_text(json.dumps(_requests(site, cases, firms.messages(cases, sizes.notes))))
            process = service.start_bare("notes", str(file), str(THREADS))
            must_be("exit code of the bare client", process.wait(_within_s(sizes.notes)), 0)
            _counts(site, sizes.notes)
            return _rate(site)

    return Figure(
        NAME,
        "notes/s",
        take_turns(sizes.rounds, ours, limit),
        BAR,
        f"{sizes.notes} messages of {sizes.firms} firms with {sizes.cases} cases each, one worker with "
        f"{THREADS} threads, delivery rows and announcements stored; "
        f"limit: one bare httpx2 client, {THREADS} threads, the same POSTs alone",
        counts=counts,
    )


def _cases_of(site: Sandbox, sizes: Sizes) -> firms.Cases:
    names = [f"firm{number}" for number in range(1, sizes.firms + 1)]
    return {name: site.case_ids(name, sizes.cases) for name in names}


def _receive(service: Service, bodies: Sequence[bytes]) -> None:
    receive = service.application.container.receive_events()
    for begin in range(0, len(bodies), RECEIVE_BATCH):
        receive([Incoming("bench", body) for body in bodies[begin : begin + RECEIVE_BATCH]])


def _requests(site: Sandbox, cases: firms.Cases, bodies: Sequence[bytes]) -> list[dict[str, str]]:
    """Make what our worker will send: URL, token and body."""
    tokens = {firm: site.log_in(firm) for firm in cases}

    def request(data: Mapping[str, Any]) -> dict[str, str]:
        body = write_note(compose_note(data, ZoneInfo("UTC")))
        return {
            "url": f"{site.base_url}case/{data['case_integration_id']}/notes",
            "token": tokens[data["firm_id"]],
            "body": json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        }

    return [request(json.loads(body)["data"]) for body in bodies]


def _wait_until_offered(service: Service, scheduler: RunningProcess, number: int) -> None:
    """Wait until the firms' jobs are in the worker's queue."""

    def offered() -> bool:
        assert scheduler.is_running(), scheduler.output[-2000:]
        with queues.channel_to(service.amqp_url) as channel:
            return queues.ready(channel, JOBS) >= number and (
                rows.count(service.database_url, UNPUBLISHED) == 0
            )

    eventually(offered, 60, "the jobs being offered", poll_s=0.25, ignoring=(pika.exceptions.AMQPError,))


def _wait_until_written(site: Sandbox, worker: RunningProcess, number: int) -> None:
    def written() -> bool:
        assert worker.is_running(), worker.output[-2000:]
        return bool(site.ask("report", notes=0)["notes_written"] >= number)

    eventually(written, _within_s(number), "all notes being written", poll_s=0.5)


def _counts(site: Sandbox, number: int) -> dict[str, int]:
    report = site.ask("report", notes=0)
    return {
        "notes written": must_be("notes written", report["notes_written"], number),
        "notes duplicated": must_be("notes duplicated", report["notes_duplicated"], 0),
    }


def _rate(site: Sandbox) -> float:
    """Return notes a second from the first to the last, by the sandbox's clock."""
    instants = [
        datetime.fromisoformat(note["receivedAt"])
        for cases in site.ask("report")["notes"].values()
        for notes in cases.values()
        for note in notes
    ]
    return (len(instants) - 1) / (max(instants) - min(instants)).total_seconds()


def _within_s(number: int) -> float:
    return 60 + number / 50
