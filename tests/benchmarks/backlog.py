"""`backlog`: whether a large backlog, once released, flows as fast at its end as at its beginning."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.actor import SYSTEM
from core.reason import Reason
from tests.benchmarks import firms, rows, written
from tests.benchmarks.bench import Bench, Service
from tests.benchmarks.figure import Figure, Round, must_be
from tests.benchmarks.sandboxes import Sandbox, sandbox
from tests.fakes.samples import a_case

NAME = "backlog"
BAR = 0.9
THREADS = 8
PART = 0.1
"""The part of all notes whose rate is looked at, at each end; as much is left out as start and tail."""
HELD = "select count(*) from deliveries where state = 'held'"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured. `firms` firms have `cases` cases each."""

    notes: int
    firms: int
    cases: int
    rounds: int


FULL = Sizes(notes=100_000, firms=16, cases=125, rounds=1)
QUICK = Sizes(notes=50, firms=2, cases=5, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Hold messages for cases that cannot be imported; then the cases come, and a worker delivers it all."""
    rounds, counts = [], {}
    for _ in range(sizes.rounds):
        with (
            sandbox(bench.processes, firms=sizes.firms, cases=sizes.cases) as site,
            bench.service() as service,
        ):
            cases = written.cases_of(site, sizes.firms, sizes.cases)
            firms.store(service, {firm_id: [] for firm_id in cases}, site.base_url)
            written.receive(service, firms.messages(cases, sizes.notes))
            _hold(service, cases)
            held = must_be("messages held", rows.count(service.database_url, HELD), sizes.notes)
            _import(service, cases)
            instants = _deliver(service, site, sizes)
            counts = {"messages held": held, **written.counts(site, sizes.notes)}
            rounds.append(_ends(instants))
    return Figure(
        NAME,
        "notes/s",
        tuple(rounds),
        BAR,
        f"{sizes.notes} messages of {sizes.firms} firms with {sizes.cases} cases each, held until their "
        f"cases were imported, then delivered by one worker with {THREADS} threads: the last tenth but one; "
        "the firms' own rate limit is off; limit: the second tenth",
        counts=counts,
    )


def _hold(service: Service, cases: firms.Cases) -> None:
    for firm_id, case_ids in cases.items():
        with service.application.store.unit_of_work(SYSTEM) as uow:
            for case_id in case_ids:
                uow.deliveries.hold_for_import(firm_id, case_id, "could not be imported")
            uow.commit()


def _import(service: Service, cases: firms.Cases) -> None:
    for firm_id, case_ids in cases.items():
        with service.application.store.unit_of_work(SYSTEM) as uow:
            uow.cases.save(firm_id, [a_case(case_id) for case_id in case_ids])
            uow.deliveries.release_holds(firm_id, [Reason.CASE_NOT_IMPORTED], case_ids)
            uow.commit()


def _deliver(service: Service, site: Sandbox, sizes: Sizes) -> Sequence[datetime]:
    processes = [service.start("schedule"), service.start("work", "--threads", str(THREADS))]
    written.wait_until_written(site, processes, sizes.notes)
    for process in reversed(processes):
        service.end(process)
    return [instant for instant, _ in written.arrivals(site)]


def _ends(instants: Sequence[datetime]) -> Round:
    """Return the rate of the last tenth but one, beside that of the second."""
    part = int(len(instants) * PART)
    return Round(
        ours=written.rate(instants[-2 * part : -part]), limit=written.rate(instants[part : 2 * part])
    )
