"""`case-parallel-firms`: how much faster four worker processes import eight firms than one does."""

from dataclasses import dataclass

from tests.benchmarks import firms, rows, runs
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, must_be, take_turns
from tests.benchmarks.sandboxes import sandbox

NAME = "case-parallel-firms"
BAR = 3.2
THREADS = 2
ANSWER_MS = 50


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: cases in each firm, in pages of `page_size`; so many workers beside one."""

    firms: int
    workers: int
    cases: int
    page_size: int
    rounds: int


FULL = Sizes(firms=8, workers=4, cases=1_600, page_size=20, rounds=3)
QUICK = Sizes(firms=2, workers=2, cases=24, page_size=12, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Start the firms' first runs, and let four `casebridge work`, or one, end them.

    SmartAdvocate takes 50 ms over each search. Pages are small and the firms' own rate limit is off, so that
    what is measured is waiting side by side, not one machine's processors or the limit.
    """
    counts: dict[str, int] = {}
    names = [f"firm{n}" for n in range(1, sizes.firms + 1)]

    def cases_a_second(workers: int) -> float:
        with (
            sandbox(bench.processes, firms=sizes.firms, cases=sizes.cases) as site,
            bench.service() as service,
        ):
            firms.store(
                service,
                {name: [] for name in names},
                site.base_url,
                site.practice_areas,
                page_size=sizes.page_size,
            )
            site.answer_in(ANSWER_MS, "search-cases")
            processes = [service.start("work", "--threads", str(THREADS)) for _ in range(workers)]
            for process in processes:
                process.wait_for_line("worker_ready", 60)
            scheduler = service.start("schedule")
            scheduler.wait_for_line("scheduler_ready", 60)
            run_ids = [runs.start(service, name) for name in names]
            within_s = 60 + sizes.firms * sizes.cases / 50
            seconds = runs.wait_until_ended(service, [*processes, scheduler], run_ids, within_s)
            for process in (*processes, scheduler):
                service.end(process)
            found = rows.count(service.database_url, "select count(*) from run_results")
            counts["result rows"] = must_be("result rows", found, sizes.firms * sizes.cases)
            return sizes.firms * sizes.cases / seconds

    return Figure(
        NAME,
        "cases/s",
        take_turns(sizes.rounds, lambda: cases_a_second(sizes.workers), lambda: cases_a_second(1)),
        BAR,
        f"first runs of {sizes.firms} firms of {sizes.cases} cases in pages of {sizes.page_size}, "
        f"{sizes.workers} workers with {THREADS} threads each on one machine, a search takes {ANSWER_MS} ms, "
        "no rate limit of the firms; limit: one such worker",
        counts=counts,
    )
