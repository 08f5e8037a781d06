"""What tries promise (`core.ports.tries.Tries`)."""

from collections.abc import Sequence

from core.ports.tries import SET_ASIDE_FOR, TRIES, Thing
from tests.contract.stores import Store


def failed(store: Store, *keys: str, times: int = 1, firm_id: str = "north") -> bool:
    is_set_aside = False
    for _ in range(times):
        with store.unit_of_work() as uow:
            is_set_aside = uow.tries.failed(firm_id, Thing.NOTE, keys)
            uow.commit()
    return is_set_aside


def set_aside(
    store: Store, keys: Sequence[str], thing: Thing = Thing.NOTE, firm_id: str = "north"
) -> set[str]:
    with store.unit_of_work() as uow:
        return uow.tries.set_aside(firm_id, thing, keys)


def test_what_fails_so_often_is_set_aside_and_nothing_else(store: Store) -> None:
    assert not failed(store, "1", times=TRIES - 1)
    assert set_aside(store, ["1"]) == set()
    assert failed(store, "1", "2")
    assert set_aside(store, ["1", "2", "3"]) == {"1"}
    assert set_aside(store, []) == set_aside(store, ["1"], Thing.JOB) == set()
    assert set_aside(store, ["1"], firm_id="south") == set()
    assert not failed(store)


def test_what_is_set_aside_has_its_turn_again_and_one_that_goes_well_begins_anew(store: Store) -> None:
    failed(store, "1", "2", times=TRIES)
    store.let_time_pass(SET_ASIDE_FOR)
    assert set_aside(store, ["1", "2"]) == set()
    failed(store, "1")
    assert set_aside(store, ["1"]) == {"1"}
    with store.unit_of_work() as uow:
        uow.tries.went_well("north", Thing.NOTE, ["1"])
        uow.tries.went_well("north", Thing.NOTE, [])
        uow.commit()
    assert not failed(store, "1", times=TRIES - 1)


def test_a_person_gives_all_of_one_firm_a_try(store: Store) -> None:
    failed(store, "1", "2\ud83d", times=TRIES)
    failed(store, "3")
    failed(store, "1", times=TRIES, firm_id="south")
    with store.unit_of_work() as uow:
        assert uow.tries.give_all_a_try("north") == 2
        assert uow.tries.give_all_a_try("north") == 0
        uow.commit()
    assert set_aside(store, ["1"]) == set()
    assert set_aside(store, ["1"], firm_id="south") == {"1"}
