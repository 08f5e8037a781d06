"""What the cases promise (`core.ports.cases.Cases`)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from core.case import Client, StaffMember
from core.changes import FieldChange
from tests.contract.stores import Store
from tests.fakes.samples import NOON, a_case


def test_a_case_comes_back_as_it_was_saved(store: Store) -> None:
    full = a_case("1", attorneys=(StaffMember("Äda", "O'Neil", None, "Attorney"),) * 2, description='"<ü>\n')
    bare = a_case(
        "2",
        practice_area=None,
        stage=None,
        attorneys=(),
        paralegals=(),
        description="",
        case_date=None,
        closed=True,
        client=Client("Acme", "", "+12025550143", None),
        modified_at=NOON.replace(microsecond=123456),
    )
    with store.unit_of_work() as uow:
        uow.cases.save("north", [full, bare])
        uow.commit()
    with store.unit_of_work() as uow:
        assert uow.cases.get("north", ["1", "2", "3"]) == {"1": full, "2": bare}


def test_saving_again_replaces_all_but_the_client(store: Store) -> None:
    first = a_case()
    second = replace(
        first,
        stage="Demand",
        closed=True,
        readable_id="other",
        lead_attorney=StaffMember("New", "Lead", "new@firm.test", "Attorney"),
        modified_at=NOON,
        client=Client("Some", "Body", "+12025550199", None),
    )
    with store.unit_of_work() as uow:
        uow.cases.save("north", [first])
        uow.cases.save("north", [second])
        assert uow.cases.get("north", ["300417"]) == {"300417": replace(second, client=first.client)}


def test_a_case_belongs_to_its_firm(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.cases.save("north", [a_case("1")])
        uow.cases.save("south", [a_case("1", stage="Demand")])
        assert uow.cases.get("north", ["1"])["1"].stage == "Treatment"
        assert uow.cases.get("south", ["1"])["1"].stage == "Demand"
        assert uow.cases.get("east", ["1"]) == {}


def test_existing_names_the_keys_that_are_stored(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.cases.save("north", [a_case("1"), a_case("2")])
        asked = [("north", "1"), ("north", "9"), ("south", "1"), ("north", "1")]
        assert uow.cases.existing(asked) == {("north", "1")}
        assert uow.cases.existing([]) == set()


def test_of_a_case_that_comes_twice_in_one_call_the_last_one_counts_with_the_client_of_the_first(
    store: Store,
) -> None:
    first, last = a_case(), a_case(stage="Demand", client=Client("X", "Y", "+12025550100", None))
    with store.unit_of_work() as uow:
        uow.cases.save("north", [first, last])
        assert uow.cases.get("north", ["300417"]) == {"300417": replace(last, client=first.client)}


def test_saving_and_getting_nothing_is_nothing(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.cases.save("north", [])
        assert uow.cases.get("north", []) == {}


def test_changes_are_told_newest_first_with_old_and_new(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.cases.record_changes("north", 7, [FieldChange("1", "stage", "Treatment", "Demand")])
        more = [FieldChange("1", "closed", False, True), FieldChange("2", "case_date", None, "2024-03-01")]
        uow.cases.record_changes("north", 8, more)
        uow.cases.record_changes("north", 9, [])
        uow.commit()
    with store.unit_of_work() as uow:
        newest, oldest = uow.cases.changes("north", "1")
        assert (newest.run_id, newest.change) == (8, more[0])
        assert (oldest.run_id, oldest.change) == (7, FieldChange("1", "stage", "Treatment", "Demand"))
        assert abs(newest.at - store.now()) < timedelta(minutes=1)
        assert len(uow.cases.changes("north", "1", limit=1)) == 1
        assert uow.cases.changes("south", "1") == []


def test_whoever_locks_a_firms_cases_keeps_others_waiting_until_the_end(store: Store) -> None:
    order: list[str] = []

    def second() -> None:
        with store.unit_of_work() as uow:
            uow.cases.lock("north")
            order.append("second")

    with ThreadPoolExecutor(1) as pool, store.unit_of_work() as uow:
        uow.cases.lock("north")
        waiting = pool.submit(second)
        if not store.serial:
            with store.unit_of_work() as other:
                other.cases.lock("south")  # another firm's is free, and this takes the second one its time
        order.append("first")
        uow.commit()
        waiting.result(timeout=30)
    assert order == ["first", "second"]
