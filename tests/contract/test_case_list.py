"""What lists of cases promise (`core.ports.cases.Cases`)."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from core.case import Client
from core.firm_view import CaseFilter, CaseLine
from core.storable import storable
from tests.contract.stores import Store
from tests.fakes.samples import NOON, a_case


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
        named = uow.cases.called("north", wanted.words, 50) if storable(wanted.words).strip() else ()
        lines = uow.cases.list("north", wanted, None, 50, named)
        assert uow.cases.count("north", wanted, 50, named) == len(lines), "the number obeys the filter"
        paged: list[CaseLine] = []
        while page := uow.cases.list("north", wanted, _place(paged), 1, named):
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
        while page := uow.cases.list("north", CaseFilter(), before, 2):
            read += [line.integration_id for line in page]
            before = (page[-1].readable_id, page[-1].integration_id)
        assert uow.cases.count("north", CaseFilter(), 3) == 3, "counting ends"
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
        assert sorted(uow.cases.called("north", "ok", 50)) == ["1", "2"]
        assert len(uow.cases.called("north", "ok", 1)) == 1
        assert uow.cases.called("nowhere", "ok", 50) == []
        assert uow.cases.called("north", "24-0001", 50) == [], "a number is no name"
        assert uow.cases.list("north", CaseFilter("ok"), None, 50) == [], "names are looked up before"


def test_a_line_says_what_a_list_shows(store: Store) -> None:
    put_cases(store)
    with store.unit_of_work() as uow:
        [line] = uow.cases.list("north", CaseFilter("24-0001"), None, 50)
    assert (line.client, line.stage, line.closed) == ("Ruth Okafor", "Treatment", False)
    assert line.modified_at == NOON - timedelta(days=1)
