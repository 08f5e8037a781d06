"""`documents`: megabytes a second that one worker moves from Case Status into SmartAdvocate."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.actor import SYSTEM
from core.event import EventKind
from core.schedule import JobName
from core.usecases.receive_events import Incoming
from sandbox.upstream_events import document_event, encode
from tests.benchmarks import firms, rows
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, must_be, take_turns
from tests.benchmarks.sandboxes import Sandbox, sandbox
from tests.servers import RunningProcess, eventually
from workers.run import SHARES

NAME = "documents"
BAR = 0.7
AT_ONCE = 4
THREADS = round(AT_ONCE / SHARES["sync-documents"])  # a worker keeps most of its threads free for messages
JOBS = JobName.SYNC_DOCUMENTS.value
MB = 1_000_000
DELIVERED = "select count(*) from deliveries where state = 'delivered' and attempts = 1"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: `documents` of `size` bytes, the firms taking turns, each on another case."""

    documents: int
    size: int
    firms: int
    rounds: int


FULL = Sizes(documents=200, size=5 * MB, firms=4, rounds=3)
QUICK = Sizes(documents=6, size=MB // 5, firms=2, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Let `casebridge work` and a bare client move the same documents, as many at once.

    All wait before the worker starts. The sandbox, Case Status and SmartAdvocate in one process, says when
    the first and the last was stored, and what its SHA-256 was; each side has a fresh one.
    """
    counts: dict[str, int] = {}

    def ours() -> float:
        with _site(bench, sizes) as site, bench.service() as service:
            cases = _cases_of(site, sizes)
            firms.store(service, cases, site.base_url)
            documents = _documents(site, cases, sizes)
            receive = service.application.store.receive_events
            receive(
                SYSTEM, [Incoming(EventKind.DOCUMENT_UPLOADED, encode(event)) for event in _events(documents)]
            )
            scheduler = service.start("schedule")
            worker = service.start("work", "--threads", str(THREADS))
            _wait_until_written(site, [scheduler, worker], sizes.documents)
            eventually(
                lambda: rows.count(service.database_url, DELIVERED) == sizes.documents, 30, "rows delivered"
            )
            service.end(worker)
            service.end(scheduler)
            counts["rows delivered at once"] = sizes.documents
            counts.update(_counts(site, documents))
            return _rate(site, sizes)

    def limit() -> float:
        with (
            _site(bench, sizes) as site,
            bench.service() as service,
            tempfile.TemporaryDirectory(prefix="cbbench-") as folder,
        ):
            documents = _documents(site, _cases_of(site, sizes), sizes)
            file = Path(folder) / "documents.json"
            file.write_text(json.dumps(_requests(site, documents)))
            process = service.start_bare("documents", str(file), str(AT_ONCE))
            must_be("exit code of the bare client", process.wait(_within_s(sizes.documents)), 0)
            _counts(site, documents)
            return _rate(site, sizes)

    return Figure(
        NAME,
        "MB/s",
        take_turns(sizes.rounds, ours, limit),
        BAR,
        f"{sizes.documents} documents of {sizes.size / MB:g} MB, {sizes.firms} firms, one worker with "
        f"{THREADS} threads, which moves {AT_ONCE} at once, hashes checked, delivery rows and announcements "
        f"stored; limit: one bare httpx2 client, {AT_ONCE} threads, each streaming GET into POST",
        counts=counts,
    )


def _site(bench: Bench, sizes: Sizes) -> Any:
    cases = -(-sizes.documents // sizes.firms)
    return sandbox(bench.processes, firms=sizes.firms, cases=cases)


def _cases_of(site: Sandbox, sizes: Sizes) -> firms.Cases:
    number = -(-sizes.documents // sizes.firms)
    names = [f"firm{number}" for number in range(1, sizes.firms + 1)]
    return {name: site.case_ids(name, number) for name in names}


def _documents(site: Sandbox, cases: firms.Cases, sizes: Sizes) -> list[dict[str, Any]]:
    """Make the documents in Case Status; each row says its firm and case too."""
    each = -(-sizes.documents // sizes.firms)
    made = [
        {**row, "firm_id": firm_id, "case_id": case_id}
        for firm_id, case_ids in cases.items()
        for row, case_id in zip(site.documents(firm_id, each, sizes.size), case_ids, strict=True)
    ]
    return made[: sizes.documents]


def _events(documents: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [document_event(row["firm_id"], row["case_id"], row) for row in documents]


def _requests(site: Sandbox, documents: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    tokens = {firm_id: site.log_in(firm_id) for firm_id in {row["firm_id"] for row in documents}}
    return [
        {
            "content_url": row["content_url"],
            "url": f"{site.base_url}case/{row['case_id']}/documents",
            "token": tokens[row["firm_id"]],
            "size": row["size"],
        }
        for row in documents
    ]


def _wait_until_written(site: Sandbox, processes: Sequence[RunningProcess], number: int) -> None:
    def written() -> bool:
        for process in processes:
            assert process.is_running(), process.output[-2000:]
        return bool(site.ask("report", notes=0)["documents_written"] >= number)

    eventually(written, _within_s(number), "all documents being written", poll_s=0.5)


def _counts(site: Sandbox, documents: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Hold that every document is there once, in its case and byte for byte."""
    report = site.ask("report")
    stored = sorted(
        (firm_id, case_id, row["sha256"])
        for firm_id, of_firm in report["documents"].items()
        for case_id, of_case in of_firm.items()
        for row in of_case
    )
    expected = sorted((row["firm_id"], row["case_id"], row["sha256"]) for row in documents)
    right = sum(one == other for one, other in zip(stored, expected, strict=False))
    return {
        "documents written": must_be("documents written", report["documents_written"], len(documents)),
        "documents right": must_be("documents right", right, len(documents)),
        "documents duplicated": must_be("documents duplicated", report["documents_duplicated"], 0),
    }


def _rate(site: Sandbox, sizes: Sizes) -> float:
    """Return megabytes a second from the first document stored to the last, by the sandbox's clock."""
    instants = [
        datetime.fromisoformat(row["receivedAt"])
        for of_firm in site.ask("report")["documents"].values()
        for of_case in of_firm.values()
        for row in of_case
    ]
    seconds = (max(instants) - min(instants)).total_seconds()
    return (len(instants) - 1) * sizes.size / MB / max(seconds, 0.001)


def _within_s(number: int) -> float:
    return 60 + number
