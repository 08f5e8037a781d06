"""What a person's pause promises (`core.ports.firms.Firms.pause_by_hand`)."""

from datetime import timedelta

from core.actor import ALL_FIRMS
from tests.contract.lanes import add, due, save_firm
from tests.contract.stores import Store
from tests.fakes.samples import a_firm, a_message

HOUR = timedelta(hours=1)


def pause(store: Store, length: timedelta = HOUR) -> None:
    with store.unit_of_work() as uow:
        uow.firms.pause_by_hand("north", store.now() + length, "olga", "they move their server")
        uow.commit()


def paused_by(store: Store) -> str:
    with store.unit_of_work() as uow:
        [firm] = uow.firms.all(ALL_FIRMS)
    found = firm.pause(store.now())
    return f"{found.by}: {found.why}" if found else ""


def woken(store: Store) -> list[str]:
    with store.unit_of_work() as uow:
        firms = list(uow.firms.wake())
        uow.commit()
    return firms


def test_nothing_flows_while_it_lasts_and_it_ends_by_itself(store: Store) -> None:
    save_firm(store)
    add(store, a_message())
    pause(store)
    assert due(store) == []
    assert paused_by(store) == "olga: they move their server"
    assert woken(store) == []
    store.let_time_pass(2 * HOUR)
    assert due(store) == ["north"]
    assert paused_by(store) == ""
    assert woken(store) == ["north"]


def test_it_is_lifted_by_a_person(store: Store) -> None:
    save_firm(store)
    add(store, a_message())
    pause(store)
    with store.unit_of_work() as uow:
        assert uow.firms.resume("north")
        uow.commit()
    assert due(store) == ["north"]
    assert paused_by(store) == ""


def test_a_firm_that_is_saved_meanwhile_stays_paused(store: Store) -> None:
    save_firm(store)
    pause(store)
    with store.unit_of_work() as uow:
        uow.firms.save(a_firm("north", name="Another name"))
        uow.commit()
    assert paused_by(store) == "olga: they move their server"
