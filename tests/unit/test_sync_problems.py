"""Skipped cases live apart from the window: they are tried again, and leave the list, by themselves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.actor import SYSTEM
from core.case import Outcome, SkipReason
from core.errors import CasebridgeError, PermissionMissingError, TransientError, UnreadableAnswerError
from core.firm import Firm, SyncMode
from core.run import CaseResult, RunState, Trigger
from core.stage import PracticeArea, PracticeAreas, Stage
from tests.fakes.faults import Before
from tests.fakes.samples import NOON, a_plaintiff, a_source_case
from tests.fakes.service import FakeService

LONG_AGO = NOON - timedelta(days=400)
WIDER = PracticeAreas(
    (
        PracticeArea(
            "Personal Injury",
            (Stage("Treatment", ("Treating",)), Stage("Demand"), Stage("Settled", ("Closed", "Waiting"))),
            ("Auto Accident", "Maritime"),
        ),
    )
)


@pytest.fixture
def service() -> FakeService:
    service = FakeService()
    service.with_firm()
    service.start_sync(SYSTEM, firm(service))  # the first run, over ten years
    service.work()
    return service


def firm(service: FakeService) -> Firm:
    with service.store.unit_of_work() as uow:
        found = uow.firms.get("north")
    assert found is not None
    return found


def sync(service: FakeService, trigger: Trigger = Trigger.NIGHTLY) -> dict[str, CaseResult]:
    run, _ = service.start_sync(SYSTEM, firm(service), trigger)
    service.work()
    with service.store.unit_of_work() as uow:
        ended = uow.runs.get(run.run_id)
        assert ended is not None
        assert ended.state is RunState.FINISHED
        return {result.integration_id: result for result in uow.runs.results(run.run_id)}


def problems(service: FakeService) -> dict[str, SkipReason]:
    with service.store.unit_of_work() as uow:
        return {p.integration_id: p.reason for p in uow.problems.list("north")}


def issues(service: FakeService) -> list[tuple[str, str]]:
    with service.store.unit_of_work() as uow:
        return [(issue.kind, issue.key) for issue in uow.issues.list_open(frozenset({"north"}))]


def skipped_long_ago(service: FakeService, case_id: str = "1", **changes: object) -> None:
    """Let a case be skipped by a reset, and be out of the window of later runs."""
    changes = changes or {"case_type": "Maritime"}
    service.smartadvocate.put_case("north", a_source_case(case_id, modified_at=LONG_AGO, **changes))
    sync(service, Trigger.RESET)


def test_a_skipped_case_outside_the_window_is_tried_again_every_night(service: FakeService) -> None:
    skipped_long_ago(service)
    service.smartadvocate.change_case("north", "1", case_type="Auto Accident", modified_at=LONG_AGO)
    assert {i: r.outcome for i, r in sync(service).items()} == {"1": Outcome.CREATED}
    assert problems(service) == {}
    assert sync(service) == {}


def test_a_case_that_is_still_skipped_stays_listed_and_is_reported_each_night(service: FakeService) -> None:
    skipped_long_ago(service)
    for _ in range(2):
        result = sync(service)["1"]
        assert (result.outcome, result.skip) == (Outcome.SKIPPED, SkipReason.PRACTICE_AREA_UNMAPPED)
        assert (result.client, result.detail) == ("Ruth Okafor", "Maritime")
    assert problems(service) == {"1": SkipReason.PRACTICE_AREA_UNMAPPED}


def test_a_case_met_in_the_window_is_not_read_a_second_time(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("1", case_type="Maritime"))
    sync(service)
    assert service.smartadvocate.calls["case_by_id"] == 0


def test_a_problem_names_the_reason_of_the_last_try(service: FakeService) -> None:
    skipped_long_ago(service)
    service.smartadvocate.change_case(
        "north", "1", case_type="Auto Accident", plaintiffs=(a_plaintiff(phones=()),), modified_at=LONG_AGO
    )
    sync(service)
    assert problems(service) == {"1": SkipReason.NO_VALID_PHONE}


def test_a_skipped_case_that_is_gone_leaves_the_list(service: FakeService) -> None:
    skipped_long_ago(service)
    service.smartadvocate.hidden.add(("north", "1"))
    assert sync(service)["1"].skip is SkipReason.NOT_FOUND
    assert problems(service) == {}
    assert issues(service) == []


def test_a_known_case_that_keeps_its_stage_is_listed_until_the_name_matches(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("1"))
    sync(service)
    service.smartadvocate.change_case("north", "1", status="Waiting", modified_at=LONG_AGO)
    sync(service, Trigger.RESET)
    assert problems(service) == {"1": SkipReason.STAGE_UNMAPPED}
    assert issues(service) == [("stage_unmapped", "Personal Injury / Waiting")]
    service.smartadvocate.change_case("north", "1", status="Demand", modified_at=LONG_AGO)
    assert sync(service)["1"].changed == ("stage",)
    assert problems(service) == {}
    assert issues(service) == []


def test_an_unmatched_name_is_one_issue_with_the_number_of_its_cases(service: FakeService) -> None:
    for number in range(3):
        service.smartadvocate.put_case("north", a_source_case(str(number), case_type="Maritime"))
    sync(service)
    sync(service)
    with service.store.unit_of_work() as uow:
        [issue] = uow.issues.list_open(frozenset({"north"}))
    assert (issue.key, issue.times) == ("Maritime", 2)
    assert issue.message.startswith("3 cases have 'Maritime'")


def test_a_case_that_vanished_is_not_closed_but_opens_an_issue(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("1", modified_at=LONG_AGO))
    sync(service, Trigger.RESET)
    service.smartadvocate.hidden.add(("north", "1"))
    result = sync(service, Trigger.RESET)["1"]
    assert (result.outcome, result.skip) == (Outcome.SKIPPED, SkipReason.NOT_FOUND)
    assert issues(service) == [("case_vanished", "1")]
    assert "case-closed" not in service.announced()
    with service.store.unit_of_work() as uow:
        assert not uow.cases.get("north", ["1"])["1"].closed


def test_a_case_that_comes_back_resolves_its_issue(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("1", modified_at=LONG_AGO))
    sync(service, Trigger.RESET)
    service.smartadvocate.hidden.add(("north", "1"))
    sync(service, Trigger.RESET)
    service.smartadvocate.hidden.clear()
    assert sync(service)["1"].outcome is Outcome.UNCHANGED
    assert issues(service) == []
    assert problems(service) == {}


def test_a_run_of_thirty_days_does_not_look_for_cases_outside_its_window(service: FakeService) -> None:
    service.smartadvocate.put_case("north", a_source_case("1", modified_at=LONG_AGO))
    sync(service, Trigger.RESET)
    sync(service)
    assert service.smartadvocate.calls["case_by_id"] == 0


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermissionMissingError("not this one"), SkipReason.PERMISSION_MISSING),
        (UnreadableAnswerError("no case in it"), SkipReason.UNREADABLE),
    ],
)
def test_what_is_wrong_with_one_case_does_not_end_the_run(
    service: FakeService, error: CasebridgeError, reason: SkipReason
) -> None:
    skipped_long_ago(service, "1")
    skipped_long_ago(service, "2")
    service.smartadvocate.faults.add("case_by_id", Before(error))
    results = sync(service)
    assert [result.skip for result in results.values()] == [reason, SkipReason.PRACTICE_AREA_UNMAPPED]
    assert problems(service)["1"] is reason


def test_a_retry_goes_on_where_it_was_after_a_transient_error(service: FakeService) -> None:
    for number in range(50):
        service.smartadvocate.put_case(
            "north", a_source_case(f"{number:02}", modified_at=LONG_AGO, case_type="Maritime")
        )
    sync(service, Trigger.RESET)
    run, _ = service.start_sync(SYSTEM, firm(service), Trigger.NIGHTLY)

    def fail_once(method: str) -> None:
        if method == "case_by_id" and service.smartadvocate.calls[method] == 30:
            service.smartadvocate.faults.add("case_by_id", Before(TransientError("down")))

    service.smartadvocate.during = fail_once
    service.work()
    service.later(timedelta(seconds=6))
    with service.store.unit_of_work() as uow:
        ended = uow.runs.get(run.run_id)
        assert ended is not None
        assert ended.state is RunState.FINISHED
        assert uow.runs.counts(run.run_id)["skipped"] == 50
    assert service.smartadvocate.calls["case_by_id"] <= 50 + 20


def test_a_firm_that_imports_individually_retries_what_it_asked_for(service: FakeService) -> None:
    individually = replace(firm(service), sync_mode=SyncMode.INDIVIDUALLY)
    service.add_firm(SYSTEM, individually)
    service.smartadvocate.put_case("north", a_source_case("1", case_type="Maritime", modified_at=LONG_AGO))
    service.smartadvocate.put_case("north", a_source_case("2"))
    assert service.import_case(SYSTEM, individually, "1").skip is SkipReason.PRACTICE_AREA_UNMAPPED
    service.smartadvocate.change_case("north", "1", case_type="Auto Accident", modified_at=LONG_AGO)
    assert {i: r.outcome for i, r in sync(service).items()} == {"1": Outcome.CREATED}


def test_summaries_of_skipped_cases_cost_one_request_a_night(service: FakeService) -> None:
    service.add_firm(SYSTEM, replace(firm(service), search_rows_complete=False))
    service.smartadvocate.put_case("north", a_source_case("1", case_type="Maritime"))
    sync(service)
    assert sync(service)["1"].skip is SkipReason.PRACTICE_AREA_UNMAPPED
    assert (service.smartadvocate.calls["case_by_number"], service.smartadvocate.calls["case_by_id"]) == (
        1,
        1,
    )


MANY = 120


def many_skipped(
    service: FakeService, page_size: int = 25, *, apart: timedelta = timedelta(minutes=1)
) -> None:
    """Let many cases be skipped, among others that are not."""
    service.add_firm(SYSTEM, replace(firm(service), page_size=page_size))
    for number in range(MANY):
        at = LONG_AGO + number * apart
        service.smartadvocate.put_case(
            "north", a_source_case(f"{number:03}", modified_at=at, case_type="Maritime")
        )
        service.smartadvocate.put_case("north", a_source_case(f"x{number:03}", modified_at=at))
    sync(service, Trigger.RESET)


def retried(service: FakeService, areas: PracticeAreas = WIDER) -> dict[str, CaseResult]:
    saved = service.settings.practice_areas(SYSTEM, "north", areas)
    assert saved.retry is not None
    service.smartadvocate.calls.clear()  # settings were tried before they were saved
    service.work()
    with service.store.unit_of_work() as uow:
        ended = uow.runs.get(saved.retry.run_id)
        assert ended is not None
        assert ended.state is RunState.FINISHED
        return {result.integration_id: result for result in uow.runs.results(saved.retry.run_id)}


def requests(service: FakeService) -> tuple[int, int]:
    return service.smartadvocate.calls["search_cases"], service.smartadvocate.calls["case_by_id"]


@pytest.mark.parametrize("apart", [timedelta(minutes=1), timedelta()])
def test_more_than_a_page_of_skipped_cases_is_tried_again_by_pages(
    service: FakeService, apart: timedelta
) -> None:
    many_skipped(service, apart=apart)
    results = retried(service)
    assert len(results) == MANY
    assert {result.outcome for result in results.values()} == {Outcome.CREATED}
    assert problems(service) == {}
    searches, by_id = requests(service)
    assert by_id == 0
    assert searches <= 2 * MANY / 25 + 3


def test_few_skipped_cases_are_tried_again_one_by_one(service: FakeService) -> None:
    many_skipped(service, page_size=200)
    assert len(retried(service)) == MANY
    assert requests(service) == (0, MANY)


def test_skipped_cases_that_lie_far_apart_cost_no_more_than_a_request_each(service: FakeService) -> None:
    many_skipped(service)
    for number in range(MANY):
        for other in range(3):
            at = LONG_AGO + timedelta(minutes=number, seconds=10 + other)
            service.smartadvocate.put_case("north", a_source_case(f"y{number}-{other}", modified_at=at))
    assert len(retried(service)) == MANY
    assert sum(requests(service)) <= MANY


@pytest.mark.parametrize("unsorted", [False, True])
def test_skipped_cases_that_changed_meanwhile_or_are_gone_are_tried_all_the_same(
    service: FakeService, unsorted: bool
) -> None:
    many_skipped(service)
    for number in range(0, MANY, 7):
        service.smartadvocate.change_case("north", f"{number:03}", name="Changed")
    service.smartadvocate.hidden.add(("north", "050"))
    service.smartadvocate.drift.unsorted = unsorted
    results = retried(service)
    assert len(results) == MANY
    assert results["050"].skip is SkipReason.NOT_FOUND
    assert sum(result.outcome is Outcome.CREATED for result in results.values()) == MANY - 1


def test_settings_that_change_while_cases_are_tried_again_try_those_again_by_pages(
    service: FakeService,
) -> None:
    many_skipped(service)
    service.settings.practice_areas(SYSTEM, "north", PracticeAreas(()), anyway=True)
    searches = service.smartadvocate.calls["search_cases"]

    def save_once(method: str) -> None:
        if method == "search_cases" and service.smartadvocate.calls[method] == searches + 4:
            service.settings.practice_areas(SYSTEM, "north", WIDER, anyway=True)

    service.smartadvocate.during = save_once
    service.work()
    assert problems(service) == {}
    assert service.smartadvocate.calls["case_by_id"] <= 25


def test_summaries_are_tried_again_one_by_one(service: FakeService) -> None:
    many_skipped(service)
    service.add_firm(SYSTEM, replace(firm(service), search_rows_complete=False))
    assert len(retried(service)) == MANY
    assert problems(service) == {}


def test_a_firm_that_imports_individually_gets_only_what_it_asked_for_by_pages(service: FakeService) -> None:
    many_skipped(service)
    service.add_firm(SYSTEM, replace(firm(service), sync_mode=SyncMode.INDIVIDUALLY))
    service.smartadvocate.put_case("north", a_source_case("new", modified_at=LONG_AGO))
    assert set(retried(service)) == {f"{number:03}" for number in range(MANY)}
