"""What the readings for pages promise (`core.ports.views.Views`, `core.ports.names.Names`)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from core.case import Client, Outcome, SkipReason
from core.cursor import Window
from core.delivery import DeliveryState
from core.event import EventKind
from core.firm_view import CaseFilter, CaseLine, NameKind, SourceName
from core.ports.deliveries import NewDelivery
from core.problem import CaseProblem
from core.reason import Reason
from core.run import CaseResult, Trigger
from core.storable import storable
from tests.contract.stores import Store
from tests.fakes.samples import NOON, a_case, a_document, a_firm, a_message


def put_cases(store: Store) -> None:
    people = {
        "1": ("24-0001", Client("Ruth", "Okafor", "+12025550143", None)),
        "2": ("24-0002", Client("Ruben", "Okun", "+12025550144", None)),
        "10": ("24-0002", Client("Änne", "O'Neil_x", "+12025550145", None)),
        "11": ("25-0001", Client("Acme Ltd", "", "+12025550146", None)),
    }
    with store.unit_of_work() as uow:
        uow.cases.save(
            "north",
            [
                a_case(case_id, readable_id=number, client=client, closed=case_id == "11")
                for case_id, (number, client) in people.items()
            ],
        )
        uow.cases.save(
            "north",
            [
                a_case(
                    "20",
                    readable_id="20",
                    stage="Demand",
                    practice_area=None,
                    client=Client("Zoe", "Zimmer", "+12025550147", None),
                )
            ],
        )
        uow.cases.save("south", [a_case("1", readable_id="24-0001")])
        uow.commit()


def ids(store: Store, wanted: CaseFilter) -> list[str]:
    with store.unit_of_work() as uow:
        named = uow.views.called("north", wanted.words, 50) if storable(wanted.words).strip() else ()
        lines = uow.views.cases("north", wanted, None, 50, named)
        assert uow.views.count_cases("north", wanted, 50, named) == len(lines), "the number obeys the filter"
        paged: list[CaseLine] = []
        while page := uow.views.cases("north", wanted, _place(paged), 1, named):
            paged += page
    assert paged == lines, "page by page it is the same"
    return [line.integration_id for line in lines]


def _place(lines: Sequence[CaseLine]) -> tuple[str, str] | None:
    return (lines[-1].readable_id, lines[-1].integration_id) if lines else None


def test_cases_come_by_number_the_highest_first_and_page_by_page(store: Store) -> None:
    put_cases(store)
    read: list[str] = []
    before = None
    with store.unit_of_work() as uow:
        while page := uow.views.cases("north", CaseFilter(), before, 2):
            read += [line.integration_id for line in page]
            before = (page[-1].readable_id, page[-1].integration_id)
        assert uow.views.count_cases("north", CaseFilter(), 3) == 3, "counting ends"
    assert read == ["11", "2", "10", "1", "20"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (CaseFilter("24-00"), ["2", "10", "1"]),
        (CaseFilter("10"), ["10"]),
        (CaseFilter(" okafor "), ["1"]),
        (CaseFilter("OK"), ["2", "1"]),
        (CaseFilter("Ru Ok"), ["2", "1"]),
        (CaseFilter("Ruth O"), ["1"]),
        (CaseFilter("o'neil_"), ["10"]),
        (CaseFilter("% O"), []),
        (CaseFilter("acme l"), ["11"]),
        (CaseFilter("nobody"), []),
        (CaseFilter("\x00"), ["11", "2", "10", "1", "20"]),
        (CaseFilter("OK", closed=True), []),
        (CaseFilter(closed=True), ["11"]),
        (CaseFilter(stage="Demand"), ["20"]),
        (CaseFilter(practice_area="Personal Injury", closed=False), ["2", "10", "1"]),
    ],
)
def test_cases_are_found_by_what_people_have_at_hand(
    store: Store, wanted: CaseFilter, found: list[str]
) -> None:
    put_cases(store)
    assert ids(store, wanted) == found


def test_clients_are_looked_up_in_the_firm_that_is_asked_about_up_to_a_limit(store: Store) -> None:
    put_cases(store)
    with store.unit_of_work() as uow:
        assert sorted(uow.views.called("north", "ok", 50)) == ["1", "2"]
        assert len(uow.views.called("north", "ok", 1)) == 1
        assert uow.views.called("nowhere", "ok", 50) == []
        assert uow.views.called("north", "24-0001", 50) == [], "a number is no name"
        assert uow.views.cases("north", CaseFilter("ok"), None, 50) == [], "names are looked up before"


def test_a_line_says_what_a_list_shows(store: Store) -> None:
    put_cases(store)
    with store.unit_of_work() as uow:
        [line] = uow.views.cases("north", CaseFilter("24-0001"), None, 50)
    assert (line.client, line.stage, line.closed) == ("Ruth Okafor", "Treatment", False)
    assert line.modified_at == NOON - timedelta(days=1)


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
        groups = uow.views.problem_groups("north", 10)
        assert len(uow.views.problem_groups("north", 1)) == 1
    by_reason = {group.reason: group for group in groups}
    assert set(by_reason) == {SkipReason.STAGE_UNMAPPED, SkipReason.NO_CLIENT}
    group = by_reason[SkipReason.STAGE_UNMAPPED]
    assert (group.label, group.cases, group.skipped, group.example) == ("Auto / Lit 6A", 2, 1, "1")
    assert group.is_unmatched
    assert [group.since for group in groups] == sorted(group.since for group in groups)


def test_what_waits_is_told_by_kind_state_and_reason(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.firms.save(a_firm())
        held = Reason.CASE_NOT_IMPORTED
        uow.deliveries.add(
            [
                NewDelivery(a_message("m-1")),
                NewDelivery(a_message("m-2")),
                NewDelivery(a_message("m-3", case_integration_id="9"), held),
                NewDelivery(a_document("d-1")),
                NewDelivery(a_message("m-1", firm_id="south")),
            ]
        )
        uow.commit()
    with store.unit_of_work() as uow:
        waiting = {(w.kind, w.state, w.reason): w.number for w in uow.views.waiting("north")}
    assert waiting == {
        (EventKind.MESSAGE_SENT, DeliveryState.PENDING, None): 2,
        (EventKind.MESSAGE_SENT, DeliveryState.HELD, held): 1,
        (EventKind.DOCUMENT_UPLOADED, DeliveryState.PENDING, None): 1,
    }


def test_a_runs_rows_are_filtered_and_the_last_one_of_a_case_is_found(store: Store) -> None:
    results = [
        CaseResult("1", Outcome.CREATED, "24-1"),
        CaseResult("2", Outcome.SKIPPED, "24-2", SkipReason.NO_CLIENT, client="Ruth"),
        CaseResult("3", Outcome.SKIPPED, "24-3", SkipReason.STAGE_UNMAPPED, detail="Auto / Lit"),
    ]
    with store.unit_of_work() as uow:
        first = uow.runs.record("north", Trigger.SINGLE, NOON, results[1:2])
        run, _ = uow.runs.start("north", Trigger.MANUAL, Window(NOON, NOON))
        assert uow.runs.advance(run, None, results)
        uow.runs.record("south", Trigger.SINGLE, NOON, [CaseResult("1", Outcome.CLOSED)])
        uow.commit()
    with store.unit_of_work() as uow:
        views, run_id = uow.views, run.run_id
        assert [r.integration_id for r in views.results(run_id, None, None, "1", 50)] == ["2", "3"]
        assert views.results(run_id, Outcome.SKIPPED, SkipReason.NO_CLIENT, None, 50) == [results[1]]
        assert len(views.results(run_id, None, None, None, 2)) == 2
        seen = views.last_seen("north", "3")
        assert seen is not None
        assert (seen.run_id, seen.outcome, seen.detail) == (run_id, Outcome.SKIPPED, "Auto / Lit")
        again = views.last_seen("north", "2")
        assert again is not None
        assert again.run_id == run_id > first.run_id
        assert views.last_seen("north", "99") is None


def test_names_are_kept_until_they_are_read_again(store: Store) -> None:
    names = [
        SourceName(NameKind.STATUS, "Lit 6A", "Litigation", 17),
        SourceName(NameKind.CASE_TYPE, "Auto Accident", cases=20),
    ]
    with store.unit_of_work() as uow:
        assert uow.names.read_at("north") is None
        uow.names.replace("north", names[:2])
        uow.names.replace("south", names[1:2])
        uow.commit()
    with store.unit_of_work() as uow:
        assert uow.names.list("north") == [names[1], names[0]]
        assert uow.names.read_at("north") is not None
        uow.names.replace("north", names[:1])
        assert uow.names.list("north") == names[:1]
        assert uow.names.list("south") == names[1:2]
