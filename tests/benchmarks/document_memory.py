"""`document-memory`: how much memory it takes to move one large document."""

import json
from dataclasses import dataclass

from core.actor import SYSTEM
from core.event import EventKind
from core.usecases.receive_events import Incoming
from sandbox.upstream_events import document_event, encode
from tests.benchmarks import firms
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, Round, must_be
from tests.benchmarks.sandboxes import sandbox

NAME = "document-memory"
ALLOWED_MIB = 48
BAR = 1.0
MB = 1_000_000
_WITHIN_S = 300.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: one document of `size` bytes."""

    size: int
    rounds: int


FULL = Sizes(size=500 * MB, rounds=3)
QUICK = Sizes(size=20 * MB, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Move one document in a process of its own; its largest size is compared with that before the move."""
    counts: dict[str, int] = {}

    def once() -> Round:
        with (
            sandbox(bench.processes, cases=1, upload_limit=2 * sizes.size) as site,
            bench.service() as service,
        ):
            [case_id] = site.case_ids("firm1", 1)
            firms.store(service, {"firm1": [case_id]}, site.base_url)
            [document] = site.documents("firm1", 1, sizes.size)
            event = encode(document_event("firm1", case_id, document))
            service.application.store.receive_events(SYSTEM, [Incoming(EventKind.DOCUMENT_UPLOADED, event)])
            process = service.start_module("tests.benchmarks.one_document", "firm1")
            must_be("exit code of the move", process.wait(_WITHIN_S), 0)
            measured = json.loads(process.wait_for_line(r"^measured (.*)$", 1)[1])
            [row] = site.ask("report")["documents"]["firm1"][case_id]
            must_be("the document is right", row["sha256"] == document["sha256"], True)
            counts["bytes moved"] = must_be("bytes moved", row["size"], sizes.size)
            return Round(measured["peak_mib"], measured["before_mib"] + ALLOWED_MIB)

    return Figure(
        NAME,
        "MiB",
        tuple(once() for _ in range(sizes.rounds)),
        BAR,
        f"largest resident size of a process that moves one document of {sizes.size / MB:g} MB; limit: its "
        f"largest size before, and {ALLOWED_MIB} MiB more",
        at_most=True,
        counts=counts,
    )
