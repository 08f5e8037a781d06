"""`case-resync-unchanged`: cases a second where a firm is read once more and nothing has changed."""

from tests.benchmarks import rows
from tests.benchmarks.bench import Bench
from tests.benchmarks.case_import import FIRM, FULL, IMPORTED, PAGE_SIZE, QUICK, Sizes, bare_import, measured
from tests.benchmarks.figure import Figure, must_be, take_turns
from tests.benchmarks.firms import store
from tests.benchmarks.sandboxes import Sandbox, sandbox

__all__ = ["BAR", "FULL", "NAME", "QUICK", "Sizes", "measure"]

NAME = "case-resync-unchanged"
BAR = 0.7
UNCHANGED = """
select count(*) from run_results
where run_id = (select max(run_id) from runs) and outcome in ('unchanged', 'skipped')
"""


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Let one process import a firm, reset it and read all of it again; only the second reading counts.

    Beside it the bare loop of `case-import`: it stores into an empty database, which costs it less than
    storing over what is there would.
    """
    counts: dict[str, int] = {}

    with sandbox(bench.processes, cases=sizes.cases) as site:

        def ours() -> float:
            return sizes.cases / _again(bench, site, counts)

        def limit() -> float:
            return sizes.cases / bare_import(bench, site, sizes.cases)

        rounds = take_turns(sizes.rounds, ours, limit)
    return Figure(
        NAME,
        "cases/s",
        rounds,
        BAR,
        f"a firm of {sizes.cases} cases read again after a reset, pages of {PAGE_SIZE}, nothing changed; "
        "limit: as for case-import",
        counts=counts,
    )


def _again(bench: Bench, site: Sandbox, counts: dict[str, int]) -> float:
    expected = site.ask("expected")["firms"][FIRM]
    with bench.service() as service:
        store(service, {FIRM: []}, site.base_url, site.practice_areas)
        process = service.start_module("tests.benchmarks.one_import", FIRM, "again")
        seconds = measured(process, 2 * expected["cases"])["seconds"]
        url = service.database_url
        counts["unchanged or skipped"] = must_be(
            "unchanged or skipped", rows.count(url, UNCHANGED), expected["cases"]
        )
        counts["announcements"] = must_be("announcements", rows.count(url, IMPORTED), expected["importable"])
    return seconds
