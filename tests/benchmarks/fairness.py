"""`fairness`: what a small firm's run takes while a very large firm imports, beside what it takes alone."""

import statistics
from dataclasses import dataclass

from core.run import Trigger
from tests.benchmarks import firms, rows, runs
from tests.benchmarks.bench import Bench, Service
from tests.benchmarks.figure import Figure, must_be, take_turns
from tests.benchmarks.sandboxes import Sandbox, sandbox
from tests.servers import RunningProcess, eventually

NAME = "fairness"
BAR = 2.0
LARGE, SMALL = "firm1", "firm2"
_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: a firm of `large` cases, and so many runs of one of `small` cases a side."""

    large: int
    small: int
    runs: int
    rounds: int


FULL = Sizes(large=200_000, small=50, runs=9, rounds=3)
QUICK = Sizes(large=2_000, small=10, runs=1, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Run the small firm again and again on one worker, with and without the large firm's run beside it.

    Both firms keep their limit of five requests a second, as firms do. The large firm's run goes on until
    the last small one has ended; where it would have ended before, the round does not count.
    """
    counts: dict[str, int] = {}
    with (
        sandbox(bench.processes, cases=sizes.large) as large,
        sandbox(bench.processes, firms=2, cases=sizes.small) as small,
    ):

        def beside() -> float:
            with bench.service() as service:
                parts = _begin(service, large, small)
                run_id = runs.start(service, LARGE)
                _wait_until_under_way(service)
                median = _small_runs(service, parts, sizes, counts)
                counts["large runs still going on"] = must_be(
                    "large runs still going on", _waiting(service), 1
                )
                service.application.desk.cancel_run(service.application.settings.actor(), run_id)
                _end(service, parts)
                return median

        def alone() -> float:
            with bench.service() as service:
                parts = _begin(service, large, small)
                median = _small_runs(service, parts, sizes, counts)
                _end(service, parts)
                return median

        rounds = take_turns(sizes.rounds, beside, alone)
    return Figure(
        NAME,
        "s",
        rounds,
        BAR,
        f"median of {sizes.runs} runs of a firm of {sizes.small} cases, one worker, while a firm of "
        f"{sizes.large} cases is imported; limit: the same alone",
        at_most=True,
        counts=counts,
    )


def _begin(service: Service, large: Sandbox, small: Sandbox) -> list[RunningProcess]:
    limit = {"requests_per_second": 5.0}
    firms.store(service, {LARGE: []}, large.base_url, large.practice_areas, **limit)
    firms.store(service, {SMALL: []}, small.base_url, small.practice_areas, **limit)
    worker, scheduler = service.start("work"), service.start("schedule")
    worker.wait_for_line("worker_ready", 60)
    scheduler.wait_for_line("scheduler_ready", 60)
    return [worker, scheduler]


def _end(service: Service, parts: list[RunningProcess]) -> None:
    for process in parts:
        service.end(process)


def _small_runs(service: Service, parts: list[RunningProcess], sizes: Sizes, counts: dict[str, int]) -> float:
    seconds = []
    for _ in range(sizes.runs):
        run_id = runs.start(service, SMALL, Trigger.RESET)
        seconds.append(runs.wait_until_ended(service, parts, [run_id], _WITHIN_S))
    found = rows.count(service.database_url, "select count(*) from run_results where firm_id = 'firm2'")
    counts["small firm's result rows"] = must_be("small firm's result rows", found, sizes.runs * sizes.small)
    return statistics.median(seconds)


def _wait_until_under_way(service: Service) -> None:
    eventually(
        lambda: rows.count(service.database_url, "select count(*) from run_results where firm_id = 'firm1'"),
        _WITHIN_S,
        "the large firm's first page",
        poll_s=0.1,
    )


def _waiting(service: Service) -> int:
    return rows.count(
        service.database_url, "select count(*) from runs where firm_id = 'firm1' and state = 'waiting'"
    )
