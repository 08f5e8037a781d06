"""`reads-per-note`: what is asked of SmartAdvocate beyond the writes while nothing fails."""

from dataclasses import dataclass

from tests.benchmarks import firms, written
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, Round, must_be
from tests.benchmarks.sandboxes import sandbox

NAME = "reads-per-note"
BAR = 0.02
THREADS = 8


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured. `firms` firms have `cases` cases each."""

    notes: int
    firms: int
    cases: int
    rounds: int


FULL = Sizes(notes=6_000, firms=16, cases=125, rounds=1)
QUICK = Sizes(notes=30, firms=2, cases=5, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Let two workers write notes, and count all requests; log-ins count."""
    rounds, counts = [], {}
    for _ in range(sizes.rounds):
        with (
            sandbox(bench.processes, firms=sizes.firms, cases=sizes.cases) as site,
            bench.service() as service,
        ):
            cases = written.cases_of(site, sizes.firms, sizes.cases)
            firms.store(service, cases, site.base_url)
            written.receive(service, firms.messages(cases, sizes.notes))
            processes = [service.start("schedule")]
            processes += [service.start("work", "--threads", str(THREADS)) for _ in range(2)]
            written.wait_until_written(site, processes, sizes.notes)
            for process in reversed(processes):
                service.end(process)
            by_purpose: dict[str, int] = {
                purpose: number if isinstance(number, int) else sum(number.values())
                for purpose, number in site.ask("report", notes=0)["requests"].items()
            }
            posts = must_be("notes posted", by_purpose.pop("insert-note"), sizes.notes)
            others = {purpose: number for purpose, number in by_purpose.items() if number}
            counts = {"notes posted": posts, **written.counts(site, sizes.notes), **others}
            rounds.append(Round(sum(others.values()) / sizes.notes, 1.0))
    return Figure(
        NAME,
        "requests",
        tuple(rounds),
        BAR,
        f"requests beyond the POST for each of {sizes.notes} notes of {sizes.firms} firms, two workers, "
        "log-ins included; the firms' own rate limit is off; limit: the POST itself",
        at_most=True,
        counts=counts,
    )
