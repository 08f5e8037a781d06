"""What the problems of cases promise (`core.ports.problems.Problems`)."""

from dataclasses import replace
from datetime import datetime, timedelta

from core.case import SkipReason
from core.problem import CaseProblem, UnmatchedName
from tests.contract.stores import Store
from tests.fakes.samples import NOON

AREA, STAGE = SkipReason.PRACTICE_AREA_UNMAPPED, SkipReason.STAGE_UNMAPPED


def a_problem(case_id: str, reason: SkipReason = AREA, **changes: object) -> CaseProblem:
    fields = {
        "readable_id": f"24-{case_id}",
        "client": "Ruth Okafor",
        "name": "Maritime",
        "modified_at": NOON,
    }
    return CaseProblem(case_id, reason, **{**fields, **changes})  # type: ignore[arg-type]  # loose for brevity


def keep(store: Store, *found: CaseProblem, run: int = 1, version: int = 0, firm_id: str = "north") -> None:
    with store.unit_of_work() as uow:
        tried = [problem.integration_id for problem in found]
        uow.problems.settle(firm_id, run, version, tried, found)
        uow.commit()


def test_what_was_found_is_kept_as_it_is(store: Store) -> None:
    skipped = a_problem("2")
    known = a_problem("10", STAGE, skipped=False, scope="Personal Injury", name="Waiting", modified_at=None)
    keep(store, skipped, known)
    with store.unit_of_work() as uow:
        assert list(uow.problems.list("north")) == [known, skipped]
        assert uow.problems.list("south") == []


def test_a_case_tried_without_a_finding_is_cured_and_others_stay(store: Store) -> None:
    keep(store, a_problem("1"), a_problem("2", STAGE), a_problem("3"))
    with store.unit_of_work() as uow:
        cured = uow.problems.settle("north", 2, 0, ["1", "2", "9"], [a_problem("1", STAGE)])
        assert dict(cured) == {"2": STAGE}
        assert [(p.integration_id, p.reason) for p in uow.problems.list("north")] == [
            ("1", STAGE),
            ("3", AREA),
        ]


def test_other_firms_cases_of_the_same_id_are_another_matter(store: Store) -> None:
    keep(store, a_problem("1"))
    with store.unit_of_work() as uow:
        assert dict(uow.problems.settle("south", 2, 0, ["1"], [])) == {}
        assert len(uow.problems.list("north")) == 1


def test_a_run_tries_again_what_it_has_not_tried_with_the_present_settings(store: Store) -> None:
    keep(store, a_problem("1"), a_problem("2"), run=7, version=3)
    keep(store, a_problem("3"), run=6, version=3)
    with store.unit_of_work() as uow:

        def due(run: int, version: int) -> list[str]:
            return [p.integration_id for p in uow.problems.to_retry("north", run, version, None, 10)]

        assert due(7, 3) == ["3"]
        assert due(7, 4) == ["1", "2", "3"]
        assert due(8, 3) == ["1", "2", "3"]
        assert [p.integration_id for p in uow.problems.to_retry("north", 8, 3, None, 2)] == ["1", "2"]


def test_problems_are_told_by_the_time_of_their_cases_from_a_time_on(store: Store) -> None:
    early, late = NOON - timedelta(days=2), NOON + timedelta(days=1)
    keep(store, a_problem("1", modified_at=late), a_problem("3"), a_problem("2"))
    keep(store, a_problem("4", modified_at=early), a_problem("5", modified_at=None))
    keep(store, a_problem("6"), run=9)
    with store.unit_of_work() as uow:

        def due(since: datetime, limit: int = 10) -> list[str]:
            found = uow.problems.to_retry("north", 9, 0, None, limit, since=since)
            return [problem.integration_id for problem in found]

        assert due(early) == ["4", "2", "3", "1"]
        assert due(NOON) == ["2", "3", "1"]
        assert due(NOON, 1) == ["2"]
        assert due(NOON + timedelta(milliseconds=1)) == ["1"]


def test_only_reasons_that_were_asked_for_are_tried(store: Store) -> None:
    keep(store, a_problem("1"), a_problem("2", SkipReason.NO_CLIENT))
    with store.unit_of_work() as uow:
        due = uow.problems.to_retry("north", 9, 0, {SkipReason.NO_CLIENT, STAGE}, 10)
        assert [p.integration_id for p in due] == ["2"]
        assert uow.problems.to_retry("north", 9, 0, set(), 10) == []


def test_skipped_cases_tell_their_own_time(store: Store) -> None:
    keep(store, a_problem("1"), a_problem("2", skipped=False), a_problem("3", modified_at=None))
    with store.unit_of_work() as uow:
        assert dict(uow.problems.modified("north", ["1", "2", "3", "4"])) == {"1": NOON}


def test_names_are_counted_by_case_most_first(store: Store) -> None:
    keep(
        store,
        a_problem("1"),
        a_problem("2", STAGE, scope="Personal Injury", name="Waiting"),
        a_problem("3", STAGE, scope="Personal Injury", name="Waiting", skipped=False),
        a_problem("4", STAGE, scope="Dog Bite", name="Waiting"),
        a_problem("5", SkipReason.NO_CLIENT, name=""),
    )
    with store.unit_of_work() as uow:
        assert list(uow.problems.names("north")) == [
            UnmatchedName(STAGE, "Personal Injury", "Waiting", 2),
            UnmatchedName(AREA, "", "Maritime", 1),
            UnmatchedName(STAGE, "Dog Bite", "Waiting", 1),
        ]
        assert dict(uow.problems.counts("north")) == {STAGE: 3, AREA: 1, SkipReason.NO_CLIENT: 1}


def test_a_list_is_of_one_reason_and_goes_on_behind_a_case(store: Store) -> None:
    keep(store, a_problem("1"), a_problem("2", STAGE), a_problem("3"))
    with store.unit_of_work() as uow:
        assert [p.integration_id for p in uow.problems.list("north", AREA)] == ["1", "3"]
        assert [p.integration_id for p in uow.problems.list("north", after="1", limit=1)] == ["2"]


def test_problems_are_grouped_by_what_mends_them_the_oldest_first(store: Store) -> None:
    unmapped = CaseProblem("1", SkipReason.STAGE_UNMAPPED, scope="Auto", name="Lit 6A")
    with store.unit_of_work() as uow:
        uow.problems.settle("north", 1, 1, ["1", "2"], [unmapped, CaseProblem("2", SkipReason.NO_CLIENT)])
        uow.commit()
    with store.unit_of_work() as uow:
        kept = replace(unmapped, integration_id="3", skipped=False)
        uow.problems.settle("north", 2, 1, ["1", "3"], [unmapped, kept])
        uow.problems.settle("south", 2, 1, ["9"], [replace(unmapped, integration_id="9")])
        uow.commit()
    with store.unit_of_work() as uow:
        groups = uow.problems.groups("north", 10)
        assert len(uow.problems.groups("north", 1)) == 1
    by_reason = {group.reason: group for group in groups}
    assert set(by_reason) == {SkipReason.STAGE_UNMAPPED, SkipReason.NO_CLIENT}
    group = by_reason[SkipReason.STAGE_UNMAPPED]
    assert (group.label, group.cases, group.skipped, group.example) == ("Auto / Lit 6A", 2, 1, "1")
    assert group.is_unmatched
    assert [group.since for group in groups] == sorted(group.since for group in groups)
