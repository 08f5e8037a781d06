"""Runs of the case sync over a real sandbox and a real database: odd cases, mappings, single imports."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.smartadvocate.case_url import case_id_from
from bootstrap.application import Application
from bootstrap.secret import Secret
from bootstrap.settings import Settings
from core.actor import ALL_FIRMS, SYSTEM, Actor, Role
from core.case import Case, Outcome, SkipReason
from core.credentials import PasswordCredentials
from core.field_mapping import FieldMapping
from core.firm import Firm, SyncMode
from core.permission import Grant, Right
from core.probe import ProbeKind
from core.run import CaseResult, RunState, Trigger
from core.stage import PracticeAreas
from sandbox.options import SandboxOptions
from sandbox.server import SandboxServer
from tests.sandbox.caller import Caller

CASES = 60
ADA = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)
KEY = "test:MzIgcmFuZG9tIGJ5dGVzLCBub3QgdGhlc2UgMzIgb2s="


class Bench:
    """One firm of a sandbox, and the service beside it; jobs are worked off in this thread."""

    def __init__(self, application: Application, caller: Caller) -> None:
        self.application = application
        self.sandbox = caller
        areas = caller.control.get("practice-areas").json()
        firm = Firm(
            "north",
            "North",
            base_url=application.smartadvocate.address(caller.server.base_url),
            practice_areas=PracticeAreas.from_data(areas),
            page_size=25,
            requests_per_second=0,  # a sandbox needs no protection, and tests no waiting
        )
        application.desk.add_firm(SYSTEM, firm)
        application.desk.connect_firm(SYSTEM, firm, PasswordCredentials(caller.firm, "sandbox"))

    @property
    def firm(self) -> Firm:
        with self.application.store.unit_of_work(SYSTEM) as uow:
            firm = uow.firms.get("north")
        assert firm is not None
        return firm

    def change(self, **settings: Any) -> None:
        self.application.desk.add_firm(SYSTEM, replace(self.firm, **settings))

    def sync(self, trigger: Trigger = Trigger.MANUAL) -> dict[str, CaseResult]:
        run, _ = self.application.desk.start_sync(SYSTEM, self.firm, trigger)
        self.work_off(run.run_id)
        with self.application.store.unit_of_work(SYSTEM) as uow:
            ended = uow.runs.get(run.run_id)
            assert ended is not None
            assert ended.state is RunState.FINISHED, ended.reason
            return {result.integration_id: result for result in uow.runs.results(run.run_id)}

    def work_off(self, run_id: int) -> None:
        sync_cases = self.application.jobs.sync_cases
        while (job_id := self._waiting_job(run_id)) is not None:
            sync_cases(SYSTEM, job_id)

    def cases(self, *ids: int) -> dict[str, Case]:
        with self.application.store.unit_of_work(SYSTEM) as uow:
            return uow.cases.get("north", [str(case_id) for case_id in ids])

    def refused_searches(self) -> int:
        """Count them for all firms of the server: tests that share it have theirs in it too."""
        return int(self.sandbox.report(notes=0)["requests"].get("search-cases", {}).get("400", 0))

    def _waiting_job(self, run_id: int) -> int | None:
        with self.application.store.pool.connection() as connection:
            row = connection.execute(
                "select job_id from jobs where run_id = %s and state = 'waiting'", [run_id]
            ).fetchone()
            return int(row[0]) if row else None


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxOptions(firms=30, cases=CASES)) as server:
        yield server


@pytest.fixture(scope="module")
def names() -> Callable[[], str]:
    numbers = iter(range(1, 31))
    return lambda: f"firm{next(numbers)}"


@pytest.fixture
def bench(server: SandboxServer, names: Callable[[], str], migrated_database_url: str) -> Iterator[Bench]:
    settings = Settings(
        database_url=Secret(migrated_database_url),
        secret_keys=Secret(KEY),
        smartadvocate_http_hosts=frozenset({"127.0.0.1"}),
    )
    application = Application(settings)
    caller = Caller(server, names())
    yield Bench(application, caller)
    caller.close()
    application.close()


def a_row(bench: Bench, **changes: Any) -> dict[str, Any]:
    """A whole row that could be imported, with changes."""
    [case_id, *_] = bench.sandbox.case_ids()
    row: dict[str, Any] = bench.sandbox.api.get(f"case/{case_id}?AddContactInfo=true").json()
    return {**row, **changes}


def put(bench: Bench, case_id: int, body: bytes) -> None:
    answer = bench.sandbox.control.put(f"cases/{case_id}", content=body)
    assert answer.status_code == 200, answer.text


def test_absurd_cases_are_skipped_with_a_reason_or_taken_without_the_absurd_part(bench: Bench) -> None:
    plain = a_row(bench)
    [plaintiff] = [p for p in plain["plaintiffs"] if p.get("primary")][:1]
    crowd = [plaintiff, *[{**plaintiff, "id": n, "primary": False} for n in range(10_000)]]
    text = json.dumps

    def body(case_id: int, **changes: Any) -> bytes:
        return text({**plain, "caseID": case_id, "caseNumber": f"24-{case_id}", **changes}).encode()

    put(bench, 900_001, text({k: v for k, v in plain.items() if k != "caseID"}).encode())
    put(bench, 900_002, body(900_002, caseID="not a number"))
    put(bench, 900_003, body(900_003, plaintiffs={"no": "list"}))
    put(bench, 900_004, body(900_004, caseStaff="nobody", caseNumber=["24"]))
    put(bench, 900_005, body(900_005, incident={"incidentDate": "9999-99-99"}))
    put(bench, 900_006, body(900_006, incident={"incidentDate": "0001-01-01T00:00:00Z"}))
    put(bench, 900_007, body(900_007, plaintiffs=crowd))
    put(bench, 900_008, body(900_008, caseName="x" * 5_000_000))
    put(bench, 900_009, body(900_009, caseName="kept").replace(b'"kept"', b'"ke\xff\xfept"'))
    put(bench, 900_010, body(900_010, unheardOf={"deep": [[[{"er": 1}]]]}, another=None))
    put(bench, 900_011, body(900_011, modifiedDate="yesterday", createdDate=12))
    results = bench.sync()
    assert len(results) == CASES + 10  # the two rows without an id share one row
    assert results[""].skip is SkipReason.UNREADABLE
    assert results["900003"].skip is SkipReason.UNREADABLE
    assert results["900003"].detail == "plaintiffs is not a list"
    assert results["900004"].skip is SkipReason.NO_READABLE_ID
    assert results["900011"].skip is SkipReason.UNREADABLE
    taken = bench.cases(*range(900_005, 900_011))
    assert len(taken) == 6
    assert (taken["900005"].case_date, taken["900006"].case_date) == (None, None)
    assert taken["900007"].client.last_name
    assert len(taken["900008"].description) == 1_000
    assert taken["900009"].description.startswith("ke")
    assert taken["900010"].description == plain["caseName"]
    assert sum(r.outcome is Outcome.CREATED for r in results.values()) == len(bench.sandbox.case_ids()) + 6


def test_one_case_is_imported_by_the_address_of_its_page(bench: Bench) -> None:
    bench.change(sync_mode=SyncMode.INDIVIDUALLY)
    first, second, *_ = bench.sandbox.case_ids()
    page = f"{bench.sandbox.server.url}/Case.aspx?caseID={first}"
    case_id = case_id_from(page, bench.firm.base_url)
    found = bench.application.jobs.import_case.find(SYSTEM, bench.firm, case_id)
    assert found.number
    assert found.client
    assert bench.cases(first) == {}
    assert bench.application.jobs.import_case(SYSTEM, bench.firm, case_id, found).outcome is Outcome.CREATED
    bench.sandbox.control.post(f"cases/{first}", json={"close": True})
    bench.sandbox.control.post(f"cases/{second}", json={"touch": True})
    assert {i: r.outcome for i, r in bench.sync().items()} == {str(first): Outcome.CLOSED}
    bench.sandbox.control.post(f"cases/{first}", json={"reopen": True})
    assert bench.sync()[str(first)].outcome is Outcome.REOPENED


def test_a_mapping_takes_what_stands_at_its_paths_and_tracks(bench: Bench) -> None:
    [case_id, *_] = bench.sandbox.case_ids()
    row = a_row(bench)
    since = "2024-01-01T00:00:00Z"
    tracks = [{"statusTypeName": "Our stages", "statusName": row["caseStatus"], "fromDate": since}]
    fields = {
        "secondStatuses": tracks,
        "caseStatus": "Nobody mapped this",
        "caseOpenedDate": "2024-05-06T00:00:00Z",
    }
    bench.sandbox.control.post(f"cases/{case_id}", json=fields)
    mapping = FieldMapping.from_data(
        {
            "stage": {"source": {"track": "Our stages"}},
            "description": {"source": {"path": "incident.incidentFacts"}},
            "case_date": {"source": {"path": "caseOpenedDate"}},
        }
    )
    bench.application.desk.change_settings.field_mapping(ADA, "north", mapping, anyway=True)
    found = bench.application.jobs.import_case.find(SYSTEM, bench.firm, str(case_id))
    preview = {
        f.field: f.value for f in bench.application.desk.preview_mapping(ADA, bench.firm, str(case_id)).fields
    }
    bench.application.jobs.import_case(SYSTEM, bench.firm, str(case_id), found)
    case = bench.cases(case_id)[str(case_id)]
    assert (case.stage, str(case.case_date)) == (preview["stage"].split(" → ")[1], "2024-05-06")
    assert case.description == row["incident"]["incidentFacts"] == preview["description"]


def test_a_case_that_was_deleted_there_stays_here_and_opens_an_issue(bench: Bench) -> None:
    bench.sync()
    [case_id, *_] = bench.sandbox.case_ids()
    bench.sandbox.control.delete(f"cases/{case_id}")
    assert bench.sync(Trigger.RESET)[str(case_id)].skip is SkipReason.NOT_FOUND
    assert not bench.cases(case_id)[str(case_id)].closed
    with bench.application.store.unit_of_work(SYSTEM) as uow:
        assert ("case_vanished", str(case_id)) in [
            (i.kind, i.key) for i in uow.issues.list_open(frozenset({"north"}))
        ]


def test_the_server_tells_how_many_are_left_where_its_envelope_does(bench: Bench) -> None:
    bench.sandbox.fault("envelope", style="named")
    run, _ = bench.application.desk.start_sync(SYSTEM, bench.firm)
    with bench.application.store.unit_of_work(SYSTEM) as uow:
        page = bench.application.smartadvocate.case_management.search_cases(
            bench.firm, run.window.since, run.window.until, 0
        )
        uow.commit()
    assert page.total == len(bench.sandbox.truth())
    bench.work_off(run.run_id)


def test_summaries_are_read_again_by_number_only_where_they_changed(bench: Bench) -> None:
    bench.sandbox.fault("summary_rows")
    bench.change(search_rows_complete=False)
    bench.sync()
    before = by_purpose(bench)
    [case_id, *_] = bench.sandbox.case_ids()
    bench.sandbox.control.post(f"cases/{case_id}", json={"touch": True})
    bench.sync(Trigger.RESET)
    after = by_purpose(bench)
    with bench.application.store.unit_of_work(SYSTEM) as uow:
        problems = sum(uow.problems.counts("north").values())
    assert after["case-by-number"] - before["case-by-number"] == 1
    assert after["case-by-id"] - before["case-by-id"] == problems > 0


def by_purpose(bench: Bench) -> Counter[str]:
    requests = bench.sandbox.report()["requests"]
    return Counter({purpose: sum(outcomes.values()) for purpose, outcomes in requests.items()})


def test_a_verification_tries_real_cases_and_writes_only_where_it_was_asked_to(bench: Bench) -> None:
    ids = [str(case_id) for case_id in bench.sandbox.case_ids()[:2]]
    number, result = bench.application.desk.verify_firm(ADA, bench.firm, ids)
    assert result.passed, result.to_data()
    assert bench.sandbox.notes_of(int(ids[0])) == []
    number, result = bench.application.desk.verify_firm(ADA, bench.firm, ids, write=True)
    assert result.passed, result.to_data()
    [note] = bench.sandbox.notes_of(int(ids[0]))
    [stored] = [
        row for row in bench.sandbox.api.get(f"case/{ids[0]}/notes").json() if row["noteID"] == note["noteID"]
    ]
    assert stored["isSharedinCP"] is False
    page = bench.application.desk.print_verification(ADA, number)
    assert f"Verification {number} of north" in page
    assert result.cases[0].number in page
    with bench.application.store.unit_of_work(SYSTEM) as uow:
        rows = uow.reports.probes("north", ProbeKind.VERIFICATION)
        assert [row.passed for row in rows] == [True, True]
        assert uow.cases.get("north", ids) == {}
    with bench.application.store.pool.connection() as connection:
        row = connection.execute("select count(*) from outbox where kind is not null").fetchone()
    assert row == (0,)


def test_what_the_account_may_not_do_is_told_with_what_to_ask_for(bench: Bench) -> None:
    told = {p.right: p.grant for p in bench.application.desk.probe_permissions(ADA, bench.firm)}
    assert told[Right.READ_CASES] is told[Right.READ_CONTACTS] is told[Right.READ_STATUSES] is Grant.GRANTED
    bench.sandbox.fault("forbidden", purpose="list-notes")
    refused = {p.right: p for p in bench.application.desk.probe_permissions(ADA, bench.firm)}[
        Right.READ_NOTES
    ]
    assert refused.grant is Grant.MISSING
    assert "right to read notes" in refused.ask_for


@pytest.mark.parametrize(
    "style", ["ties_at_random", "ties_at_random_but_by_id", "at_random", "by_id", "newest_first"]
)
def test_in_whatever_order_the_server_answers_every_case_comes_over(bench: Bench, style: str) -> None:
    for case_id in bench.sandbox.case_ids()[:30]:
        bench.sandbox.control.post(f"cases/{case_id}", json={"modifiedDate": "2026-11-01T00:00:00.123Z"})
    bench.sandbox.fault("order", style=style)
    bench.sandbox.fault("page_cap", size=20)
    bench.sandbox.fault("refuse_sort", status=400)
    assert len(bench.sync()) == CASES


def test_cases_that_vanish_while_the_others_are_read_by_id_hide_none(bench: Bench) -> None:
    bench.sandbox.fault("order", style="by_id")
    bench.sandbox.control.put(
        "drift", json={"every": 1, "modify": 0, "close": 0, "create": 0, "vanish": 1, "limit": 6}
    )
    found = bench.sync()
    assert {str(row["caseID"]) for row in bench.sandbox.truth()} <= set(found)


def test_a_sort_that_is_refused_is_left_out_and_not_asked_for_again(bench: Bench) -> None:
    bench.sandbox.fault("refuse_sort", status=400)
    before = bench.refused_searches()
    assert len(bench.sync()) == CASES
    assert len(bench.sync()) > 0
    assert bench.refused_searches() - before == 1


@pytest.mark.parametrize(
    "value",
    [
        *("1900-01-01T00:00:00", "1970-01-01T00:00:00Z", "2079-06-06T00:00:00", "2099-12-31T00:00:00"),
        *(
            "0001-01-01T00:00:00",
            "1753-01-01T00:00:00",
            "1899-12-30T00:00:00",
            "9999-12-31T23:59:59",
            "",
            None,
        ),
    ],
)
def test_what_stands_for_no_date_closes_no_case(bench: Bench, value: str | None) -> None:
    [case_id, *_] = bench.sandbox.case_ids()
    bench.sandbox.control.post(f"cases/{case_id}", json={"reopen": True})
    bench.sandbox.control.post(
        f"cases/{case_id}", json={"caseClosedDate": value, "incident": {"incidentDate": value}}
    )
    bench.sync()
    case = bench.cases(case_id)[str(case_id)]
    assert (case.closed, case.case_date, case.closes_at) == (False, None, None)
