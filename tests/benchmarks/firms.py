"""Firms with their cases, in the database before a measurement."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from core.actor import SYSTEM
from core.credentials import PasswordCredentials
from core.firm import ConnectionState, Firm
from core.stage import PracticeAreas
from sandbox.upstream_events import MessageEvents
from tests.benchmarks.bench import Service
from tests.fakes.samples import a_case
from tests.system_clock import SystemClock

Cases = Mapping[str, Sequence[str]]
"""Firm id -> integration ids."""


def some_cases(firms: int, cases: int) -> Cases:
    """Name firms and their cases where no SmartAdvocate has them."""
    return {
        f"firm{number}": [str(300_001 + place) for place in range(cases)] for number in range(1, firms + 1)
    }


def store(
    service: Service,
    cases: Cases,
    base_url: str | None = None,
    areas: PracticeAreas | None = None,
    **settings: Any,
) -> None:
    """Store connected firms with their imported cases. They log in as the sandbox's firms of that name.

    Without a limit of requests a second, unless `settings` say otherwise: it would be the figure.
    """
    application = service.application
    for firm_id, case_ids in cases.items():
        firm = Firm(
            firm_id,
            f"Firm {firm_id}",
            base_url=base_url or "https://sa.firm.test/CaseSyncAPI/",
            connection=ConnectionState.CONNECTED,
            practice_areas=areas or PracticeAreas(),
            **{"requests_per_second": None, **settings},
        )
        application.desk.connect_firm(SYSTEM, firm, PasswordCredentials(firm_id, "sandbox"))
        if case_ids:
            with application.store.unit_of_work(SYSTEM) as uow:
                uow.cases.save(firm_id, [a_case(case_id) for case_id in case_ids])
                uow.commit()


def messages(cases: Cases, number: int) -> list[bytes]:
    """Return `number` events, firms and their cases taking turns, as they come over the wire."""
    now = SystemClock().now() - timedelta(hours=1)
    sources = [MessageEvents(firm_id, case_ids) for firm_id, case_ids in cases.items()]
    return [
        sources[n % len(sources)].body(n // len(sources), now + timedelta(milliseconds=n))
        for n in range(number)
    ]
