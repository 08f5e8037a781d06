"""`notes`: notes a second that one worker writes into SmartAdvocate."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from adapters.smartadvocate.wire_notes import write_note
from core.message import MessageSent, compose_note
from tests.benchmarks import firms, rows, written
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, must_be, take_turns
from tests.benchmarks.sandboxes import Sandbox, sandbox

NAME = "notes"
BAR = 0.7
THREADS = 8


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured. `firms` firms have `cases` cases each."""

    notes: int
    firms: int
    cases: int
    rounds: int


FULL = Sizes(notes=12_000, firms=16, cases=125, rounds=3)
QUICK = Sizes(notes=30, firms=2, cases=5, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Let `casebridge work` and a bare client with as many threads write the same notes.

    All messages wait before the worker starts. The sandbox says when the first and the last note came; each
    side has a fresh one. `casebridge schedule` runs beside the worker, as it does in earnest.
    """
    counts: dict[str, int] = {}

    def ours() -> float:
        with (
            sandbox(bench.processes, firms=sizes.firms, cases=sizes.cases) as site,
            bench.service() as service,
        ):
            cases = written.cases_of(site, sizes.firms, sizes.cases)
            firms.store(service, cases, site.base_url)
            written.receive(service, firms.messages(cases, sizes.notes))
            scheduler = service.start("schedule")
            written.wait_until_offered(service, scheduler, sizes.firms)
            worker = service.start("work", "--threads", str(THREADS))
            written.wait_until_written(site, [worker, scheduler], sizes.notes)
            service.end(worker)
            service.end(scheduler)
            delivered = rows.count(service.database_url, written.DELIVERED)
            counts["rows delivered at once"] = must_be("rows delivered at once", delivered, sizes.notes)
            counts.update(written.counts(site, sizes.notes))
            return written.rate([instant for instant, _ in written.arrivals(site)])

    def limit() -> float:
        with (
            sandbox(bench.processes, firms=sizes.firms, cases=sizes.cases) as site,
            bench.service() as service,
            tempfile.TemporaryDirectory(prefix="cbbench-") as folder,
        ):
            cases = written.cases_of(site, sizes.firms, sizes.cases)
            file = Path(folder) / "requests.json"
            file.write_text(json.dumps(_requests(site, cases, firms.messages(cases, sizes.notes))))
            process = service.start_bare("notes", str(file), str(THREADS))
            must_be("exit code of the bare client", process.wait(written.within_s(sizes.notes)), 0)
            written.counts(site, sizes.notes)
            return written.rate([instant for instant, _ in written.arrivals(site)])

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


def _requests(site: Sandbox, cases: firms.Cases, bodies: Sequence[bytes]) -> list[dict[str, str]]:
    """Make what our worker will send: URL, token and body."""
    tokens = {firm: site.log_in(firm) for firm in cases}

    def request(data: Mapping[str, Any]) -> dict[str, str]:
        body = write_note(compose_note(MessageSent.from_data(data), ZoneInfo("UTC")))
        return {
            "url": f"{site.base_url}case/{data['case_integration_id']}/notes",
            "token": tokens[data["firm_id"]],
            "body": json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        }

    return [request(json.loads(body)["data"]) for body in bodies]
