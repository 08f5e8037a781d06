"""`case-import`: cases a second fetched, mapped and stored with their results."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.smartadvocate import wire
from core.firm import Firm
from core.window import window_for
from tests.benchmarks import firms, rows
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, must_be, take_turns
from tests.benchmarks.sandboxes import Sandbox, sandbox
from tests.servers import RunningProcess
from tests.system_clock import SystemClock

NAME = "case-import"
BAR = 0.5
FIRM = "firm1"
PAGE_SIZE = Firm("any", "any").page_size
IMPORTED = "select count(*) from outbox where kind = 'case-imported'"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    cases: int
    rounds: int


FULL = Sizes(cases=100_000, rounds=3)
QUICK = Sizes(cases=220, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Let the use case and a bare loop, one process and one thread each, import the same firm.

    Ours maps and checks each case, compares it with what is stored, and writes a result row and an
    announcement; cases that cannot be imported have a result row only. Both write into an empty database.
    """
    counts: dict[str, int] = {}

    with sandbox(bench.processes, cases=sizes.cases) as site:

        def ours() -> float:
            taken, found = import_once(bench, site)
            counts.update(found)
            return sizes.cases / taken["seconds"]

        def limit() -> float:
            return sizes.cases / bare_import(bench, site, sizes.cases)

        rounds = take_turns(sizes.rounds, ours, limit)
    return Figure(
        NAME,
        "cases/s",
        rounds,
        BAR,
        f"a firm's first import of {sizes.cases} cases, pages of {PAGE_SIZE}; "
        "limit: bare httpx2 and psycopg, fetch, json, executemany of a raw row and a result row a case",
        counts=counts,
    )


def import_once(bench: Bench, site: Sandbox) -> tuple[Mapping[str, float], Mapping[str, int]]:
    """Import a firm in a fresh process and database.

    Returns what the process measured (`seconds`, `peak_mib`) and what it left behind, counted.
    """
    expected = site.ask("expected")["firms"][FIRM]
    with bench.service() as service:
        firms.store(service, {FIRM: []}, site.base_url, site.practice_areas)
        process = service.start_module("tests.benchmarks.one_import", FIRM)
        taken = measured(process, expected["cases"])
        url = service.database_url
        found = {
            "result rows": must_be(
                "result rows", rows.count(url, "select count(*) from run_results"), expected["cases"]
            ),
            "cases stored": must_be(
                "cases stored", rows.count(url, "select count(*) from cases"), expected["importable"]
            ),
            "announcements": must_be("announcements", rows.count(url, IMPORTED), expected["importable"]),
        }
        return taken, found


def bare_import(bench: Bench, site: Sandbox, number: int) -> float:
    """Let the bare loop import a firm of so many cases into an empty database; the seconds it took."""
    window = window_for(SystemClock().now(), first=True)
    search = {
        "modifiedFromDateTime": wire.moment_from(window.since),
        "modifiedToDateTime": wire.moment_until(window.until),
    }
    with bench.service() as service:
        job = {
            "url": f"{site.base_url}case/byDatePaged?AddContactInfo=true",
            "token": site.log_in(FIRM),
            "search": search,
            "page_size": PAGE_SIZE,
        }
        taken = measured(service.start_bare("case_import", json.dumps(job)), number)
        url = service.database_url
        must_be("bare cases", rows.count(url, "select count(*) from bench_cases"), number)
        must_be("bare result rows", rows.count(url, "select count(*) from bench_results"), number)
        return taken["seconds"]


def measured(process: RunningProcess, number: int) -> Mapping[str, float]:
    """Wait for a process over so many cases, and return what it measured."""
    within_s = 60 + number / 200
    found: Mapping[str, float] = json.loads(process.wait_for_line(r"^measured (\{.*\})$", within_s)[1])
    must_be(f"exit code of {process.name}", process.wait(60), 0)
    return found
