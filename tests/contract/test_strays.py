"""What deliveries promise of ids that were written under a claim that was lost."""

from core.delivery import Attempt, Delivery, DeliveryState
from core.firm import ConnectionState
from core.written_twice import WrittenTwice
from tests.contract.lanes import MESSAGES, add, claim, lose, save_firm
from tests.contract.stores import Store
from tests.fakes.samples import a_message


def delivered(store: Store, delivery: Delivery, stored_id: str) -> Attempt:
    return Attempt(delivery, DeliveryState.DELIVERED, store.now(), stored_id=stored_id)


def record(store: Store, name: str, *attempts: Attempt) -> list[Attempt]:
    owner = store.owner(name)
    with store.unit_of_work() as uow:
        lost = list(uow.deliveries.record(owner, attempts))
        uow.commit()
    return lost


def keep(store: Store, *attempts: Attempt) -> None:
    with store.unit_of_work() as uow:
        uow.deliveries.keep_strays(attempts)
        uow.commit()


def told(store: Store) -> list[WrittenTwice]:
    with store.unit_of_work() as uow:
        found = list(uow.deliveries.written_twice())
        uow.commit()
    return found


def taken_over(store: Store) -> tuple[Delivery, Delivery]:
    """A message claimed by "first", who stood still, and then by "second"."""
    save_firm(store)
    add(store, a_message("m-1"))
    [lane] = claim(store, owner="first")
    lose(store, "first")
    [again] = claim(store, owner="second")
    return lane.deliveries[0], again.deliveries[0]


def test_an_attempt_of_a_lost_claim_is_left_out_and_returned(store: Store) -> None:
    first, second = taken_over(store)
    late = delivered(store, first, "71")
    assert record(store, "first", late) == [late]
    assert store.states() == {"m-1": "sending"}
    assert record(store, "second", delivered(store, second, "72")) == []
    assert store.states() == {"m-1": "delivered"}


def test_two_ids_of_one_delivery_are_told_once_whoever_was_first(store: Store) -> None:
    first, second = taken_over(store)
    keep(store, delivered(store, first, "71"))
    assert told(store) == []  # it may yet be adopted
    record(store, "second", delivered(store, second, "72"))
    keep(store, delivered(store, first, "73"))
    found = told(store)
    assert found == [
        WrittenTwice(first.delivery_id, "north", MESSAGES, first.case_integration_id, "72", stray)
        for stray in ("71", "73")
    ]
    assert told(store) == []


def test_one_id_of_both_is_no_news(store: Store) -> None:
    first, second = taken_over(store)
    keep(store, delivered(store, first, "71"), delivered(store, first, "71"))
    record(store, "second", delivered(store, second, "71"))
    assert told(store) == []


def test_an_id_that_could_not_be_read_is_no_other_one(store: Store) -> None:
    first, second = taken_over(store)
    keep(store, delivered(store, first, "71"))
    record(store, "second", delivered(store, second, ""))
    assert told(store) == []


def test_what_failed_or_is_of_nobody_leaves_no_stray(store: Store) -> None:
    first, second = taken_over(store)
    keep(store, Attempt(first, DeliveryState.FAILED, store.now()))
    keep(store)
    record(store, "second", delivered(store, second, "72"))
    assert told(store) == []


def test_the_strays_of_a_firm_go_with_it(store: Store) -> None:
    first, _ = taken_over(store)
    keep(store, delivered(store, first, "71"))
    with store.unit_of_work() as uow:
        uow.firms.set_connection("north", ConnectionState.DISCONNECTED)
        uow.firms.delete("north")
        uow.commit()
    assert told(store) == []
    keep(store, delivered(store, first, "71"))
    assert told(store) == []
