"""Cases come over: created, changed, closed, skipped with a reason, announced once."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from core.actor import SYSTEM
from core.case import Outcome, SkipReason, StaffMember, UnreadableCase
from core.errors import (
    CasebridgeError,
    CaseNotFoundError,
    NeedsPersonError,
    PermissionMissingError,
    RateLimitedError,
    RejectedBySmartAdvocateError,
    TransientError,
    UnreadableAnswerError,
)
from core.firm import Firm, SyncMode
from core.ports.case_management import CasePage
from core.reason import Reason
from core.run import RunState, Trigger
from core.schedule import JobName
from tests.fakes.faults import Before
from tests.fakes.samples import NOON, a_firm, a_plaintiff, a_source_case
from tests.fakes.service import FakeService


@pytest.fixture
def service() -> FakeService:
    service = FakeService()
    service.with_firm()
    return service


def sync(service: FakeService, firm_id: str = "north", trigger: Trigger = Trigger.MANUAL) -> int:
    """Run a sync to its end; return the run's id."""
    run, _ = service.start_sync(SYSTEM, firm(service, firm_id), trigger)
    service.work()
    return run.run_id


def firm(service: FakeService, firm_id: str = "north") -> Firm:
    with service.store.unit_of_work() as uow:
        found = uow.firms.get(firm_id)
    assert found is not None
    return found


def outcomes(service: FakeService, run_id: int) -> dict[str, Outcome]:
    with service.store.unit_of_work() as uow:
        return {result.integration_id: result.outcome for result in uow.runs.results(run_id)}


def skips(service: FakeService, run_id: int) -> dict[str, SkipReason | None]:
    with service.store.unit_of_work() as uow:
        return {result.integration_id: result.skip for result in uow.runs.results(run_id)}


def state(service: FakeService, run_id: int) -> RunState:
    with service.store.unit_of_work() as uow:
        run = uow.runs.get(run_id)
    assert run is not None
    return run.state


def test_a_new_case_is_imported_and_announced_with_its_client(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("1"))
    run_id = sync(service)
    assert outcomes(service, run_id) == {"1": Outcome.CREATED}
    assert state(service, run_id) is RunState.FINISHED
    service.jobs_published()
    [imported] = [row for row in service.published if row.kind == "case-imported"]
    data = json.loads(imported.body)["data"]
    assert data["stage"] == "Treatment"
    assert data["client"]["phone"] == "+12025550143"


def test_an_unchanged_case_is_announced_no_second_time(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("1"))
    sync(service)
    assert outcomes(service, sync(service)) == {"1": Outcome.UNCHANGED}
    assert service.announced().count("case-imported") == 1
    assert service.announced().count("sync-finished") == 2


def test_a_stage_change_is_announced_once_and_apart_from_other_changes(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("1"))
    sync(service)
    service.smartadvocate.change_case("north", "1", status="Demand", name="Another caption")
    assert outcomes(service, sync(service)) == {"1": Outcome.UPDATED}
    sync(service)
    assert service.announced().count("stage-changed") == 1
    assert service.announced().count("case-updated") == 1


def test_a_case_closed_there_is_closed_here_and_a_reopened_one_is_reopened(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("1"))
    sync(service)
    service.smartadvocate.change_case("north", "1", closed_at=NOON)
    assert outcomes(service, sync(service)) == {"1": Outcome.CLOSED}
    service.smartadvocate.change_case("north", "1", closed_at=None)
    assert outcomes(service, sync(service)) == {"1": Outcome.REOPENED}
    assert [k for k in service.announced() if k in {"case-closed", "case-reopened"}] == [
        "case-closed",
        "case-reopened",
    ]


def test_a_client_is_set_on_import_and_not_overwritten_afterwards(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("1"))
    sync(service)
    service.smartadvocate.change_case("north", "1", plaintiffs=(a_plaintiff(last_name="Other", phones=()),))
    assert outcomes(service, sync(service)) == {"1": Outcome.UNCHANGED}
    with service.store.unit_of_work() as uow:
        case = uow.cases.get("north", ["1"])["1"]
    assert case.client.last_name == "Okafor"


def test_a_case_is_skipped_with_the_reason_and_the_others_are_imported(service: FakeService) -> None:
    nobody = StaffMember("Tom", "Reed", None, "Investigator")
    for case in (
        a_source_case("ok"),
        a_source_case("no-phone", plaintiffs=(a_plaintiff(phones=()),)),
        a_source_case("no-lead", staff=(nobody,)),
        a_source_case("no-client", plaintiffs=()),
        a_source_case("no-area", case_type="Maritime"),
        a_source_case("no-stage", status="Whatever"),
        a_source_case("wrong-letter-case", status="treating"),
    ):
        service.smartadvocate.put_case("north", case)
    service.smartadvocate.put_unreadable("north", UnreadableCase("odd", "caseNumber is no text", NOON))
    run_id = sync(service)
    assert skips(service, run_id) == {
        "ok": None,
        "no-phone": SkipReason.NO_VALID_PHONE,
        "no-lead": SkipReason.NO_LEAD_ATTORNEY,
        "no-client": SkipReason.NO_CLIENT,
        "no-area": SkipReason.PRACTICE_AREA_UNMAPPED,
        "no-stage": SkipReason.STAGE_UNMAPPED,
        "wrong-letter-case": SkipReason.STAGE_UNMAPPED,
        "odd": SkipReason.UNREADABLE,
    }


def test_a_known_case_keeps_its_stage_when_nothing_matches_and_an_issue_opens(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("1"))
    sync(service)
    service.smartadvocate.change_case("north", "1", status="Nobody mapped this")
    assert outcomes(service, sync(service)) == {"1": Outcome.UNCHANGED}
    assert "stage-changed" not in service.announced()
    with service.store.unit_of_work() as uow:
        [issue] = uow.issues.list_open(frozenset({"north"}))
    assert issue.kind == "stage_unmapped"


def test_many_pages_are_read_and_each_case_has_one_row(service: FakeService) -> None:
    service.add_firm(SYSTEM, replace(firm(service), page_size=7))
    for number in range(100):
        service.smartadvocate.put_case(
            "north", a_source_case(str(number), modified_at=NOON - timedelta(minutes=number // 3))
        )
    run_id = sync(service)
    assert len(outcomes(service, run_id)) == 100
    assert service.announced().count("case-imported") == 100


def test_the_first_run_looks_back_ten_years_and_the_next_thirty_days(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("old", modified_at=NOON - timedelta(days=3000)))
    assert outcomes(service, sync(service)) == {"old": Outcome.CREATED}
    assert outcomes(service, sync(service)) == {}
    assert outcomes(service, sync(service, trigger=Trigger.RESET)) == {"old": Outcome.UNCHANGED}


def test_a_second_sync_joins_the_one_under_way(service: FakeService) -> None:
    first, new = service.start_sync(SYSTEM, firm(service))
    second, joined = service.start_sync(SYSTEM, firm(service))
    assert (new, joined) == (True, False)
    assert first.run_id == second.run_id


def test_a_run_goes_on_from_its_last_page_after_a_transient_error(service: FakeService) -> None:
    service.add_firm(SYSTEM, replace(firm(service), page_size=10))
    for number in range(50):
        service.smartadvocate.put_case(
            "north", a_source_case(str(number), modified_at=NOON - timedelta(minutes=number))
        )
    run, _ = service.start_sync(SYSTEM, firm(service))
    service.smartadvocate.drift.between_pages = lambda fake: (
        fake.faults.add("search_cases", Before(TransientError("down")))
        if fake.calls["search_cases"] == 3
        else None
    )
    service.work()
    assert state(service, run.run_id) is RunState.WAITING
    assert len(outcomes(service, run.run_id)) < 50
    service.later(timedelta(seconds=6))
    assert state(service, run.run_id) is RunState.FINISHED
    assert len(outcomes(service, run.run_id)) == 50


def test_a_run_that_needs_a_person_fails_visibly(service: FakeService) -> None:
    service.smartadvocate.faults.add("search_cases", Before(PermissionMissingError("may not read cases")))
    run_id = sync(service)
    assert state(service, run_id) is RunState.FAILED
    with service.store.unit_of_work() as uow:
        [issue] = uow.issues.list_open(frozenset({"north"}))
    assert "may not read cases" in issue.message


def test_a_rate_limit_during_a_run_pauses_the_firm_and_the_run_goes_on_later(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("1"))
    service.smartadvocate.faults.add(
        "search_cases", Before(RateLimitedError("slow", retry_after=timedelta(seconds=90)))
    )
    run_id = sync(service)
    service.later(timedelta(seconds=60))
    assert state(service, run_id) is RunState.WAITING
    service.later(timedelta(seconds=31))
    assert state(service, run_id) is RunState.FINISHED


NOT_FOUND = NeedsPersonError("SmartAdvocate answered 404 (No records found)", reason=Reason.ROUTE_UNKNOWN)
NOT_FOUND.status = 404


def refused(status: int) -> CasebridgeError:
    error = RejectedBySmartAdvocateError("no such page")
    error.status = status
    return error


@pytest.mark.parametrize("error", [NOT_FOUND, *map(refused, (400, 410, 416, 422))])
@pytest.mark.parametrize("count", [1, 10, 25, 30])
@pytest.mark.parametrize("same_time", [False, True])
def test_a_page_past_the_end_that_is_not_found_or_refused_ends_the_run_as_an_empty_page_would(
    service: FakeService, count: int, same_time: bool, error: CasebridgeError
) -> None:
    service.add_firm(SYSTEM, replace(firm(service), page_size=10))
    for number in range(count):
        at = NOON - timedelta(minutes=0 if same_time else number)
        service.smartadvocate.put_case("north", a_source_case(str(number), modified_at=at))
    service.smartadvocate.drift.past_the_end = error
    run_id = sync(service)
    assert state(service, run_id) is RunState.FINISHED
    assert len(outcomes(service, run_id)) == count


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_takes_no_high_numbers_of_pages_hides_no_case(
    service: FakeService, status: int
) -> None:
    service.add_firm(SYSTEM, replace(firm(service), page_size=10))
    for number in range(45):
        service.smartadvocate.put_case("north", a_source_case(str(number), modified_at=NOON))
    search = service.smartadvocate.search_cases

    def few_pages(
        firm: Firm, since: datetime, until: datetime, page: int, *, by_id: bool = False
    ) -> CasePage:
        if page > 2:
            raise refused(status)
        return search(firm, since, until, page, by_id=by_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service.smartadvocate, "search_cases", few_pages)
        run_id = sync(service)
    assert state(service, run_id) is RunState.FAILED or len(outcomes(service, run_id)) == 45


@pytest.mark.parametrize("count", [7, 20, 45, 49])
@pytest.mark.parametrize("apart", [timedelta(0), timedelta(hours=1)])
def test_a_refusal_where_there_is_nothing_is_the_end_also_of_a_search_without_order(
    service: FakeService, count: int, apart: timedelta
) -> None:
    for number in range(count):
        at = NOON - number * apart
        service.smartadvocate.put_case("north", a_source_case(str(number), modified_at=at))
    search, chance = service.smartadvocate.search_cases, Random(count)

    def seven_at_most(
        firm: Firm, since: datetime, until: datetime, page: int, *, by_id: bool = False
    ) -> CasePage:
        rows = list(search(replace(firm, page_size=1_000), since, until, 0, by_id=by_id).rows)
        chance.shuffle(rows)
        size = min(firm.page_size, 7)
        if page * size >= len(rows):
            raise refused(400)
        return CasePage(tuple(rows[page * size :][:size]))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service.smartadvocate, "search_cases", seven_at_most)
        run_id = sync(service)
    assert state(service, run_id) is RunState.FINISHED
    assert len(outcomes(service, run_id)) == count


def test_a_404_of_the_first_page_is_a_route_that_is_not_there(service: FakeService) -> None:
    service.smartadvocate.drift.past_the_end = NOT_FOUND
    run_id = sync(service)
    assert state(service, run_id) is RunState.FAILED


def test_a_404_for_thirty_days_without_a_change_is_an_empty_window(service: FakeService) -> None:
    old = a_source_case("1", modified_at=NOON - timedelta(days=400))
    service.smartadvocate.put_case("north", old)
    assert state(service, sync(service)) is RunState.FINISHED  # the first run, over ten years
    service.smartadvocate.drift.past_the_end = NOT_FOUND
    run_id = sync(service)
    assert state(service, run_id) is RunState.FINISHED
    assert outcomes(service, run_id) == {}


def test_a_404_that_went_astray_ends_no_run(service: FakeService) -> None:
    service.add_firm(SYSTEM, replace(firm(service), page_size=10))
    for number in range(50):
        service.smartadvocate.put_case(
            "north", a_source_case(str(number), modified_at=NOON - timedelta(minutes=number))
        )
    service.smartadvocate.drift.between_pages = lambda fake: (
        fake.faults.add("search_cases", Before(NOT_FOUND)) if fake.calls["search_cases"] == 2 else None
    )
    run_id = sync(service)
    assert state(service, run_id) is RunState.FINISHED
    assert len(outcomes(service, run_id)) == 50


def test_a_route_that_is_gone_in_the_middle_of_a_run_fails_it(service: FakeService) -> None:
    service.add_firm(SYSTEM, replace(firm(service), page_size=10))
    for number in range(50):
        service.smartadvocate.put_case(
            "north", a_source_case(str(number), modified_at=NOON - timedelta(minutes=number))
        )
    service.smartadvocate.drift.between_pages = lambda fake: (
        fake.faults.add("search_cases", *[Before(NOT_FOUND)] * 9) if fake.calls["search_cases"] == 2 else None
    )
    assert state(service, sync(service)) is RunState.FAILED


def test_a_summary_whose_number_cannot_be_asked_for_is_read_by_its_id(service: FakeService) -> None:
    service.add_firm(SYSTEM, replace(firm(service), search_rows_complete=False))
    for number in range(3):
        service.smartadvocate.put_case("north", a_source_case(str(number)))
    service.smartadvocate.faults.add(
        "case_by_number",
        Before(CaseNotFoundError("it cannot be asked for by this number")),
        Before(UnreadableAnswerError("200 with <html>")),
    )
    assert set(outcomes(service, sync(service)).values()) == {Outcome.CREATED}
    assert service.smartadvocate.calls["case_by_id"] == 2


def test_a_summary_whose_number_leads_to_another_case_is_read_by_its_id(service: FakeService) -> None:
    service.add_firm(SYSTEM, replace(firm(service), search_rows_complete=False))
    for number in range(2):
        service.smartadvocate.put_case("north", a_source_case(str(number), case_number="24-1"))
    assert outcomes(service, sync(service)) == {"0": Outcome.CREATED, "1": Outcome.CREATED}


def test_summary_rows_are_read_again_only_where_they_changed(service: FakeService) -> None:
    service.add_firm(SYSTEM, replace(firm(service), search_rows_complete=False))
    for number in range(5):
        service.smartadvocate.put_case("north", a_source_case(str(number)))
    sync(service)
    assert service.smartadvocate.calls["case_by_number"] == 5
    service.smartadvocate.change_case("north", "3", status="Demand")
    run_id = sync(service)
    assert service.smartadvocate.calls["case_by_number"] == 6
    assert [i for i, o in outcomes(service, run_id).items() if o is Outcome.UPDATED] == ["3"]
    with service.store.unit_of_work() as uow:
        changed = {result.integration_id: result.changed for result in uow.runs.results(run_id)}
        kept = uow.cases.get("north", ["1"])["1"]
    assert changed["3"] == ("stage",)
    assert kept.paralegals


def test_a_firm_that_imports_individually_gets_no_new_cases_from_a_run(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("1"))
    sync(service)
    service.add_firm(SYSTEM, replace(firm(service), sync_mode=SyncMode.INDIVIDUALLY))
    service.smartadvocate.put_case("north", a_source_case("2"))
    service.smartadvocate.change_case("north", "1", status="Demand")
    assert outcomes(service, sync(service)) == {"1": Outcome.UPDATED}


def test_a_slice_ends_and_hands_over_so_that_a_large_firm_never_holds_a_worker(service: FakeService) -> None:
    service.add_firm(SYSTEM, replace(firm(service), page_size=1))
    for number in range(10):
        service.smartadvocate.put_case(
            "north", a_source_case(str(number), modified_at=NOON - timedelta(minutes=number))
        )
    service.smartadvocate.drift.between_pages = lambda _: service.clock.advance(timedelta(seconds=20))
    run, _ = service.start_sync(SYSTEM, firm(service))
    slices = 0
    while jobs := service.jobs_published():
        for row in jobs:
            assert row.queue == JobName.SYNC_CASES
            service.sync_cases(SYSTEM, int(row.body))
        slices += 1
    assert slices >= 5
    assert state(service, run.run_id) is RunState.FINISHED


def test_pages_of_rows_without_a_readable_time_do_not_end_the_run_early(service: FakeService) -> None:
    small_pages = service.with_firm(a_firm(page_size=3))
    for n in range(7):
        service.smartadvocate.put_unreadable(
            "north", UnreadableCase(f"odd-{n}", "modifiedDate is not a date"), NOON
        )
    service.smartadvocate.put_case("north", a_source_case("1", modified_at=NOON - timedelta(days=1)))
    service.smartadvocate.put_case("north", a_source_case("2", modified_at=NOON + timedelta(minutes=1)))
    run, _ = service.start_sync(SYSTEM, small_pages)
    service.work()
    with service.store.unit_of_work() as uow:
        assert dict(uow.runs.counts(run.run_id)) == {"created": 2, "skipped": 7, "skipped:unreadable": 7}


def test_cases_of_one_instant_in_no_fixed_order_all_come_over(service: FakeService) -> None:
    service.add_firm(SYSTEM, replace(firm(service), page_size=5))
    for number in range(60):
        service.smartadvocate.put_case("north", a_source_case(str(number)))
    service.smartadvocate.drift.page_cap = 15
    service.smartadvocate.drift.at_random = Random(1)
    service.smartadvocate.drift.overcounts = 0
    run_id = sync(service)
    assert len(outcomes(service, run_id)) == 60
    assert state(service, run_id) is RunState.FINISHED


def test_a_run_that_cannot_vouch_for_every_case_is_incomplete_and_looks_for_known_ones(
    service: FakeService,
) -> None:
    service.smartadvocate.put_case("north", a_source_case("old", modified_at=NOON - timedelta(days=90)))
    sync(service)
    service.add_firm(SYSTEM, replace(firm(service), page_size=5))
    for number in range(40):
        service.smartadvocate.put_case("north", a_source_case(str(number)))
    service.smartadvocate.drift.page_cap = 15
    service.smartadvocate.drift.at_random = Random(1)
    service.smartadvocate.drift.overcounts = 2
    run_id = sync(service)
    assert len(outcomes(service, run_id)) == 41
    with service.store.unit_of_work() as uow:
        run = uow.runs.get(run_id)
        [issue] = uow.issues.list_open(frozenset({"north"}))
    assert run is not None
    assert (run.state, run.reason) == (RunState.INCOMPLETE, Reason.READING_INCOMPLETE)
    assert issue.kind == "sync_incomplete"
    service.smartadvocate.drift.overcounts = 0
    assert state(service, sync(service)) is RunState.FINISHED
    with service.store.unit_of_work() as uow:
        assert uow.issues.list_open(frozenset({"north"})) == []


def test_an_incomplete_first_run_leaves_the_ten_years_to_the_next(service: FakeService) -> None:
    service.add_firm(SYSTEM, replace(firm(service), page_size=5))
    for number in range(40):
        service.smartadvocate.put_case("north", a_source_case(str(number)))
    service.smartadvocate.drift.page_cap = 15
    service.smartadvocate.drift.at_random = Random(1)
    service.smartadvocate.drift.overcounts = 2
    assert state(service, sync(service)) is RunState.INCOMPLETE
    assert firm(service).first_synced_at is None


def test_a_closing_date_in_the_future_closes_the_case_when_it_comes_whatever_the_window(
    service: FakeService,
) -> None:
    closes = NOON + timedelta(days=60)
    service.smartadvocate.put_case("north", a_source_case("1", closed_at=closes))
    assert outcomes(service, sync(service)) == {"1": Outcome.CREATED}
    service.clock.advance(timedelta(days=45))
    assert outcomes(service, sync(service)) == {}
    assert "case-closed" not in service.announced()
    service.clock.advance(timedelta(days=16))
    assert outcomes(service, sync(service)) == {"1": Outcome.CLOSED}
    assert service.announced().count("case-closed") == 1
    assert outcomes(service, sync(service)) == {}


def test_a_closing_date_that_was_taken_back_or_whose_case_is_gone_closes_nothing(
    service: FakeService,
) -> None:
    closes = NOON + timedelta(days=60)
    for case_id in ("1", "2", "3"):
        service.smartadvocate.put_case("north", a_source_case(case_id, closed_at=closes))
    sync(service)
    long_ago = NOON - timedelta(days=1)
    service.smartadvocate.change_case("north", "1", closed_at=None, modified_at=long_ago)
    service.smartadvocate.change_case(
        "north", "2", closed_at=closes + timedelta(days=9), modified_at=long_ago
    )
    service.smartadvocate.hidden.add(("north", "3"))
    service.clock.advance(timedelta(days=61))
    run_id = sync(service)
    assert outcomes(service, run_id) == {
        "1": Outcome.UNCHANGED,
        "2": Outcome.UNCHANGED,
        "3": Outcome.SKIPPED,
    }
    assert state(service, run_id) is RunState.FINISHED
    service.clock.advance(timedelta(days=9))
    assert outcomes(service, sync(service))["2"] is Outcome.CLOSED
