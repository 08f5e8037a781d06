"""`notes-scale`: what four worker processes write beside one, where SmartAdvocate is slow."""

from dataclasses import dataclass

from tests.benchmarks import firms, rows, written
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, must_be, take_turns
from tests.benchmarks.sandboxes import sandbox

NAME = "notes-scale"
BAR = 3.5
THREADS = 4
ANSWER_MS = 50


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: so many notes for each worker."""

    workers: int
    notes: int
    firms: int
    cases: int
    rounds: int


FULL = Sizes(workers=4, notes=2_000, firms=64, cases=25, rounds=3)
QUICK = Sizes(workers=2, notes=15, firms=3, cases=5, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Let four `casebridge work` and one write notes; all messages wait before the workers start."""
    counts: dict[str, int] = {}

    def with_workers(number: int) -> float:
        notes = sizes.notes * number
        with (
            sandbox(bench.processes, firms=sizes.firms, cases=sizes.cases) as site,
            bench.service() as service,
        ):
            cases = written.cases_of(site, sizes.firms, sizes.cases)
            firms.store(service, cases, site.base_url)
            site.answer_in(ANSWER_MS)
            written.receive(service, firms.messages(cases, notes))
            scheduler = service.start("schedule")
            written.wait_until_offered(service, scheduler, sizes.firms)
            workers = [service.start("work", "--threads", str(THREADS)) for _ in range(number)]
            written.wait_until_written(site, workers, notes)
            for process in (*workers, scheduler):
                service.end(process)
            delivered = rows.count(service.database_url, written.DELIVERED)
            if number == sizes.workers:
                counts.update(written.counts(site, notes))
            else:
                written.counts(site, notes)
            must_be("rows delivered at once", delivered, notes)
            return written.rate([instant for instant, _ in written.arrivals(site)])

    return Figure(
        NAME,
        "notes/s",
        take_turns(sizes.rounds, lambda: with_workers(sizes.workers), lambda: with_workers(1)),
        BAR,
        f"{sizes.notes} messages a worker, {sizes.firms} firms, {sizes.workers} workers of {THREADS} threads "
        f"each on one machine, SmartAdvocate answers in {ANSWER_MS} ms, the firms' own rate limit is off; "
        "limit: one such worker",
        counts=counts,
    )
