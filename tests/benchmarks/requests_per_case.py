"""`requests-per-case`: requests that a run makes of SmartAdvocate for cases that all have changed."""

from dataclasses import dataclass

from tests.benchmarks import firms, rows
from tests.benchmarks.bench import Bench, Service
from tests.benchmarks.case_import import FIRM, measured
from tests.benchmarks.figure import Figure, Round, must_be
from tests.benchmarks.sandboxes import Sandbox, sandbox

NAME = "requests-per-case"
BAR = 1.4
PAGE_SIZE = 200


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    cases: int


FULL = Sizes(cases=10_000)
QUICK = Sizes(cases=220)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Import a firm, move every case's date of modification, and count what the next run asks for.

    All requests count, log-ins too; the limit is the fewest there can be, a page of 200 cases each.
    """
    with sandbox(bench.processes, cases=sizes.cases) as site, bench.service() as service:
        firms.store(service, {FIRM: []}, site.base_url, site.practice_areas, page_size=PAGE_SIZE)
        _run(service, sizes.cases)
        touched = site.touch_all(FIRM)
        before = _requests(site)
        _run(service, sizes.cases)
        asked = _requests(site) - before
        found = rows.count(
            service.database_url,
            "select count(*) from run_results where run_id = (select max(run_id) from runs)",
        )
        counts = {
            "cases touched": must_be("cases touched", touched, sizes.cases),
            "result rows": must_be("result rows", found, sizes.cases),
        }
    return Figure(
        NAME,
        "requests",
        (Round(asked, sizes.cases / PAGE_SIZE),),
        BAR,
        f"a run over {sizes.cases} changed cases in pages of {PAGE_SIZE}; limit: one request a page",
        at_most=True,
        counts=counts,
    )


def _run(service: Service, cases: int) -> None:
    measured(service.start_module("tests.benchmarks.one_import", FIRM), cases)


def _requests(site: Sandbox) -> int:
    table = site.ask("report", notes=0)["requests"]
    return sum(number for outcomes in table.values() for number in outcomes.values())
