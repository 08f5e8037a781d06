"""A SmartAdvocate that changes, repeats itself and dies while a run reads it: all ends as it is there."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from bootstrap.application import Application
from bootstrap.secret import Secret
from bootstrap.settings import Settings
from core.actor import SYSTEM
from core.case import Case, StaffMember
from tests.deployment import Deployment
from tests.servers import PostgresServer, Processes, RabbitServer, SessionGuard, WarmPython
from tests.servers.waiting import eventually

PAGES = 30
PAGE_SIZE = 40  # 200 with --long: as many pages, and five times the rows of one date
CLOSED = {"Closed", "Closed - Settled"}
LEAD = ("Primary Attorney", "Attorney", "Managing Attorney")
ATTORNEYS = ("Primary Attorney", "Attorney", "Secondary Attorney", "Managing Attorney")
PARALEGALS = ("Case Manager", "Paralegal")
# 01:30 comes twice in New York on this day: the second time an hour later.
TWICE_THE_SAME_HOUR = ("2025-11-02T05:30:00Z", "2025-11-02T06:30:00Z", "2025-11-02T05:30:00.5Z")


@pytest.fixture(scope="module")
def page_size(request: pytest.FixtureRequest) -> int:
    """How many cases a page has."""
    return 5 * PAGE_SIZE if request.config.getoption("--long") else PAGE_SIZE


@pytest.fixture(scope="module")
def sandbox(page_size: int) -> tuple[str, ...]:
    """Two firms; five of six cases carry one date of modification."""
    cases, same_date = PAGES * page_size, PAGES * page_size * 5 // 6
    return ("--firms", "2", "--cases", str(cases), "--same-modified", str(same_date))


@pytest.fixture(scope="module")
def service(
    page_size: int,
    sandbox: tuple[str, ...],
    session_guard: SessionGuard,
    warm_python: WarmPython | None,
    postgres_server: PostgresServer,
    template_url: str,
    rabbit_server: RabbitServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployment]:
    """Two connected firms, and a worker runs."""
    database_url = postgres_server.create_database(template=template_url)
    amqp_url = rabbit_server.create_vhost()
    processes = Processes(session_guard, warm_python)
    made = Deployment(processes, database_url, amqp_url, tmp_path_factory.mktemp("drift"))
    try:
        made.sandbox(*sandbox)
        made.up(intakes=0)
        for firm, user in (("north", "firm1"), ("south", "firm2")):
            made.connect(firm, user)
            made.run("firms", "set", firm, f"page_size={page_size}")
        yield made
    finally:
        processes.close()
        rabbit_server.drop_vhost(amqp_url)
        postgres_server.drop_database(database_url)


def staff(row: Mapping[str, Any], roles: Sequence[str]) -> list[tuple[str, str, str, str]]:
    return sorted(
        (p["firstName"], p["lastName"], p["email"] or "None", p["role"])
        for p in row["caseStaff"]
        if p["role"] in roles
    )


def digits(phones: Sequence[Mapping[str, Any]]) -> set[str]:
    """The last ten digits of each."""
    return {re.sub(r"\D", "", phone["phoneNumber"] or "")[-10:] for phone in phones}


class Expected:
    """A case as it should be stored, worked out from SmartAdvocate's row without the service's own code."""

    def __init__(self, areas: list[dict[str, Any]]) -> None:
        self._areas = areas

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        area = next(a for a in self._areas if row["caseType"] in (a["name"], *a["mappings"]))
        stage = next(s for s in area["stages"] if row["caseStatus"] in (s["name"], *s["mappings"]))
        plaintiff = next(p["contact"] for p in row["plaintiffs"] if p["primary"])
        incident = (row.get("incident") or {}).get("incidentDate")
        return {
            "integration_id": str(row["caseID"]),
            "readable_id": row["caseNumber"],
            "practice_area": area["name"],
            "stage": stage["name"],
            "closed": row["caseStatus"] in CLOSED,
            "description": row["caseName"],
            "case_date": date.fromisoformat(incident[:10]) if incident else None,
            "modified_at": datetime.fromisoformat(row["modifiedDate"]).astimezone(UTC),
            "lead": next(p["email"] for role in LEAD for p in row["caseStaff"] if p["role"] == role),
            "attorneys": staff(row, ATTORNEYS),
            "paralegals": staff(row, PARALEGALS),
            # A company has one name, and nothing else to go by.
            "client": (plaintiff["firstName"] or plaintiff["name"], plaintiff["lastName"]),
            "email": next((mail["name"] for mail in plaintiff["emails"]), None),
            "has that phone": digits(plaintiff["phones"]),
        }


def as_stored(case: Case) -> dict[str, Any]:
    def told(people: Iterable[StaffMember]) -> list[tuple[str, str, str, str]]:
        return sorted({(p.first_name, p.last_name, str(p.email), p.role) for p in people})

    return {
        "integration_id": case.integration_id,
        "readable_id": case.readable_id,
        "practice_area": case.practice_area,
        "stage": case.stage,
        "closed": case.closed,
        "description": case.description,
        "case_date": case.case_date,
        "modified_at": case.modified_at,
        "lead": case.lead_attorney.email,
        "attorneys": told((*case.attorneys, case.lead_attorney)),
        "paralegals": told(case.paralegals),
        "client": (case.client.first_name, case.client.last_name),
        "email": case.client.email,
        "has that phone": case.client.phone[-10:],
    }


def truth(service: Deployment, user: str) -> dict[str, dict[str, Any]]:
    """Everything that can be imported, as the sandbox has it now."""
    expected = Expected(service.ask("practice-areas"))
    rows = [
        row
        for kind in ("importable", "raw")
        for row in service.ask(f"cases?firm={user}&kind={kind}&limit=100000")["cases"]
    ]
    return {str(row["caseID"]): expected(row) for row in rows}


def stored(service: Deployment, firm: str) -> dict[str, dict[str, Any]]:
    settings = Settings(database_url=Secret(service.database_url))
    application = Application(settings)
    with psycopg.connect(service.database_url) as connection:
        found = connection.execute("select integration_id from cases where firm_id = %s", (firm,)).fetchall()
    ids = [row[0] for row in found]
    try:
        with application.store.unit_of_work(SYSTEM) as uow:
            cases = uow.cases.get(firm, ids)
    finally:
        application.close()
    assert len(ids) == len(cases)
    return {case_id: as_stored(case) for case_id, case in cases.items()}


def differences(here: dict[str, dict[str, Any]], there: dict[str, dict[str, Any]]) -> list[str]:
    """Every field that is not as it is there, in words."""
    return [
        f"case {case_id}: {field} is {here[case_id][field]!r} here and {value!r} there"
        for case_id, row in there.items()
        for field, value in row.items()
        if (here[case_id][field] not in value if field == "has that phone" else here[case_id][field] != value)
    ]


def announced_more_than_once(service: Deployment) -> list[tuple[Any, ...]]:
    with psycopg.connect(service.database_url) as connection:
        return connection.execute(
            "select body::jsonb #>> '{data,firm_id}', body::jsonb #>> '{data,case_integration_id}', count(*) "
            "from outbox where kind = 'case-imported' group by 1, 2 having count(*) > 1"
        ).fetchall()


def start(service: Deployment, firm: str) -> int:
    run_id = service.run("sync", "cases", firm)["run_id"]
    assert isinstance(run_id, int)
    return run_id


def pages(service: Deployment, run_id: int) -> int:
    return int(service.stored("select pages from runs where run_id = %s", run_id))


def wait_until_finished(service: Deployment, run_id: int) -> None:
    def finished() -> bool:
        state = service.state_of(run_id)
        assert state in {"waiting", "finished"}, service.run("runs", "show", str(run_id))
        return state == "finished"

    eventually(finished, 120, "the run's end", poll_s=0.2)


def put_into_the_hour_that_comes_twice(service: Deployment) -> None:
    chosen = service.ask("cases?firm=firm1&kind=importable&limit=3")["cases"]
    for row, moment in zip(chosen, TWICE_THE_SAME_HOUR, strict=True):
        changed = {**row, "modifiedDate": moment}
        service.tell("PUT", f"cases/{row['caseID']}?firm=firm1&modified={moment}", changed)


def test_what_changes_repeats_itself_and_restarts_while_it_is_read_is_stored_as_it_is(
    service: Deployment, page_size: int
) -> None:
    put_into_the_hour_that_comes_twice(service)
    service.tell("PUT", "drift?firm=firm1", {"every": 1, "modify": 6, "close": 2, "create": 2, "limit": 25})
    service.tell(
        "PUT",
        "faults",
        [
            {"name": "dates", "zone": "America/New_York"},
            {"name": "repeat_page", "purpose": "search-cases", "probability": 0.2, "times": 6},
            {"name": "latency", "ms": 50, "purpose": "search-cases"},
        ],
    )
    run_id = start(service, "north")
    eventually(lambda: pages(service, run_id) >= 8, 30, "the first pages", poll_s=0.05)
    service.tell("POST", "restart", {"down_ms": 700})
    assert pages(service, run_id) < PAGES
    wait_until_finished(service, run_id)
    assert service.ask("drift?firm=firm1")["rounds"] == 25
    assert next(row for row in service.ask("faults")["faults"] if row["name"] == "repeat_page")["hits"] == 6
    there, here = truth(service, "firm1"), stored(service, "north")
    assert len(there) > PAGES * page_size * 0.8
    assert set(here) == set(there)
    assert differences(here, there) == []
    assert announced_more_than_once(service) == []
    # Beside the pages: what was cut short, and looks into pages again whether their order was as it seemed.
    requests = service.ask("report?notes=0")["requests"]  # log-ins too
    assert sum(sum(by.values()) for by in requests.values()) <= 1.1 * (PAGES + 50 / page_size) + 45


@pytest.mark.long
def test_a_smartadvocate_that_is_killed_and_comes_back_while_it_is_read_is_stored_as_it_is(
    service: Deployment, sandbox: tuple[str, ...]
) -> None:
    service.tell("PUT", "faults", [{"name": "latency", "ms": 100, "purpose": "search-cases"}])
    run_id = start(service, "south")
    eventually(lambda: pages(service, run_id) >= 3, 30, "the first pages", poll_s=0.05)
    port = urlsplit(service.sandbox_url).port
    service.sandbox_process.kill()
    assert pages(service, run_id) < PAGES
    service.sandbox(*sandbox, "--port", str(port))
    wait_until_finished(service, run_id)
    there, here = truth(service, "firm2"), stored(service, "south")
    assert set(here) == set(there)
    assert differences(here, there) == []
    assert announced_more_than_once(service) == []
