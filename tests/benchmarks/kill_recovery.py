"""`kill-recovery`: how long after a SIGKILL of one of two workers the last of the waiting notes comes."""

from dataclasses import dataclass
from datetime import datetime

from tests.benchmarks import firms, written
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, take_turns
from tests.benchmarks.sandboxes import Sandbox, sandbox
from tests.servers import eventually
from tests.system_clock import SystemClock

NAME = "kill-recovery"
MORE_S = 75.0
BAR = 1.0  # of the time without a kill and those seconds, at most
THREADS = 4
ANSWER_MS = 20


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured. The kill comes when `before` of the notes are there."""

    notes: int
    before: int
    firms: int
    cases: int
    rounds: int


FULL = Sizes(notes=2_200, before=200, firms=8, cases=50, rounds=3)
QUICK = Sizes(notes=300, before=30, firms=4, cases=10, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Let two workers write what waits, and kill one of them on the way, or none."""
    counts: dict[str, int] = {}

    def ours() -> float:
        seconds, found = _round(bench, sizes, kill=True)
        counts.update(found)
        return seconds

    def limit() -> float:
        return _round(bench, sizes, kill=False)[0] + MORE_S

    return Figure(
        NAME,
        "s",
        take_turns(sizes.rounds, ours, limit),
        BAR,
        f"{sizes.notes - sizes.before} messages of {sizes.firms} firms wait, two workers with {THREADS} "
        f"threads each write them into a SmartAdvocate that answers in {ANSWER_MS} ms, one is killed by "
        f"SIGKILL; until the last note; limit: without the kill, and {MORE_S:g} s",
        at_most=True,
        counts=counts,
    )


def _round(bench: Bench, sizes: Sizes, *, kill: bool) -> tuple[float, dict[str, int]]:
    with sandbox(bench.processes, firms=sizes.firms, cases=sizes.cases) as site, bench.service() as service:
        cases = written.cases_of(site, sizes.firms, sizes.cases)
        firms.store(service, cases, site.base_url)
        site.answer_in(ANSWER_MS)
        written.receive(service, firms.messages(cases, sizes.notes))
        scheduler = service.start("schedule")
        workers = [service.start("work", "--threads", str(THREADS)) for _ in range(2)]
        scheduler.wait_for_line("scheduler_ready")
        for worker in workers:
            worker.wait_for_line("worker_ready")
        eventually(lambda: _are_there(site, sizes.before), 60, "the first notes", poll_s=0.02)
        killed_at = SystemClock().now()
        if kill:
            workers.pop().kill()
        written.wait_until_written(site, [scheduler, *workers], sizes.notes)
        for process in (*workers, scheduler):
            service.end(process)
        last: datetime = max(instant for instant, _ in written.arrivals(site))
        return (last - killed_at).total_seconds(), written.counts(site, sizes.notes)


def _are_there(site: Sandbox, number: int) -> bool:
    return bool(site.ask("report", notes=0)["notes_written"] >= number)
