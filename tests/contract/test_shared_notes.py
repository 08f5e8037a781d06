"""What two-way messages remember (`core.ports.shared_notes.SharedNotes`)."""

import threading
from dataclasses import replace
from datetime import timedelta

from core.delivery import Attempt, DeliveryState
from core.firm import ConnectionState
from core.ports.deliveries import NewDelivery
from core.ports.shared_notes import Watch
from tests.contract.lanes import MESSAGES
from tests.contract.stores import Store
from tests.fakes.samples import a_case, a_firm, a_message

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def set_up(store: Store, *cases: str, **settings: object) -> None:
    with store.unit_of_work() as uow:
        uow.firms.save(a_firm(**{"two_way": True, **settings}))  # type: ignore[arg-type] # settings of a firm
        uow.cases.save("north", [a_case(case) for case in cases])
        uow.commit()


def close(store: Store, case: str, *, closed: bool = True) -> None:
    with store.unit_of_work() as uow:
        uow.cases.save("north", [replace(a_case(case), closed=closed)])
        uow.commit()


def watch(store: Store) -> Watch:
    with store.unit_of_work() as uow:
        seen = uow.shared_notes.watch("north", DAY)
        uow.commit()
    return seen


def turn(store: Store, *, active: bool = False, limit: int = 10, unread_for: timedelta = MINUTE) -> list[str]:
    with store.unit_of_work() as uow:
        found = uow.shared_notes.next("north", limit=limit, unread_for=unread_for, active=active)
    return [case.integration_id for case in found]


def read(store: Store, *cases: str, is_known: bool = True) -> None:
    for case in cases:
        with store.unit_of_work() as uow:
            uow.shared_notes.mark_read("north", case, is_known=is_known)
            uow.commit()
        store.let_time_pass(timedelta(seconds=1))


def test_connected_firms_that_have_it_on_are_due(store: Store) -> None:
    now = store.now()
    with store.unit_of_work() as uow:
        uow.firms.save(a_firm("on", two_way=True))
        uow.firms.save(a_firm("off"))
        uow.firms.save(a_firm("down", two_way=True, connection=ConnectionState.RECONNECT_REQUIRED))
        uow.firms.save(a_firm("paused", two_way=True, paused_until=now + DAY))
        uow.commit()
        assert uow.shared_notes.firms_due() == ["on"]


def test_a_firm_starts_at_the_first_look_and_tells_when_it_was_looked_at_before(store: Store) -> None:
    set_up(store, "1")
    first = watch(store)
    assert first.before is None
    store.let_time_pass(DAY)
    second = watch(store)
    assert second.before is not None
    assert abs(second.now - second.before - DAY) < MINUTE


def test_a_case_starts_with_its_firm_or_when_it_was_imported_if_that_was_later(store: Store) -> None:
    set_up(store, "1")
    store.let_time_pass(DAY)
    first = watch(store)
    store.let_time_pass(DAY)
    with store.unit_of_work() as uow:
        uow.cases.save("north", [a_case("2")])
        uow.commit()
    store.let_time_pass(DAY)
    second = watch(store)
    with store.unit_of_work() as uow:
        found = {
            case.integration_id: case
            for case in uow.shared_notes.next("north", limit=9, unread_for=MINUTE, active=False)
        }
    assert not any(case.is_known for case in found.values())
    assert abs(second.now - found["1"].since - 2 * DAY) < MINUTE
    assert abs(second.now - found["2"].since - DAY) < MINUTE
    assert second.now - first.now >= timedelta()


def test_cases_have_their_turn_longest_unread_first(store: Store) -> None:
    set_up(store, "1", "2", "3")
    watch(store)
    assert sorted(turn(store)) == ["1", "2", "3"]
    read(store, "2")
    assert sorted(turn(store)) == ["1", "3"]
    read(store, "1", "3")
    assert turn(store) == []
    store.let_time_pass(2 * MINUTE)
    assert turn(store) == ["2", "1", "3"]
    assert turn(store, limit=1) == ["2"]


def test_a_case_is_known_once_it_was_really_read(store: Store) -> None:
    set_up(store, "1")
    watch(store)
    for really, known in ((False, False), (True, True), (False, True)):
        read(store, "1", is_known=really)
        store.let_time_pass(2 * MINUTE)
        with store.unit_of_work() as uow:
            [case] = uow.shared_notes.next("north", limit=9, unread_for=MINUTE, active=False)
        assert case.is_known is known


def test_closed_cases_are_not_watched_and_a_reopened_one_starts_anew(store: Store) -> None:
    set_up(store, "1", "2")
    watch(store)
    read(store, "1", "2")
    close(store, "1")
    close(store, "3")
    store.let_time_pass(DAY)
    watch(store)
    assert turn(store) == ["2"]
    close(store, "1", closed=False)
    store.let_time_pass(MINUTE)
    seen = watch(store)
    with store.unit_of_work() as uow:
        found = uow.shared_notes.next("north", limit=9, unread_for=MINUTE, active=False)
    [reopened] = [case for case in found if case.integration_id == "1"]
    assert not reopened.is_known
    assert abs(seen.now - reopened.since - MINUTE) < MINUTE


def test_active_cases_are_told_apart_until_their_time_is_over(store: Store) -> None:
    set_up(store, "1", "2", "3")
    watch(store)
    with store.unit_of_work() as uow:
        uow.shared_notes.mark_active("north", {"2", "nowhere"}, DAY)
        uow.shared_notes.mark_active("north", {"2"}, MINUTE)  # shortens nothing
        uow.commit()
    assert turn(store, active=True) == ["2"]
    store.let_time_pass(2 * MINUTE)
    assert turn(store, active=True) == ["2"]
    store.let_time_pass(DAY)
    assert turn(store, active=True) == []


def deliver(store: Store, message_id: str, case: str, note_id: str) -> None:
    owner = store.owner()
    with store.unit_of_work() as uow:
        event = a_message(message_id, case_integration_id=case)
        uow.inbox.record([event])
        uow.deliveries.add([NewDelivery(event)])
        [lane] = uow.deliveries.claim("north", MESSAGES, owner=owner, lanes=9, limit=9)
        [delivery] = lane.deliveries
        done = Attempt(delivery, DeliveryState.DELIVERED, store.now(), stored_id=note_id)
        uow.deliveries.record(owner, [done])
        uow.deliveries.release("north", MESSAGES, owner, [case])
        uow.commit()


def test_a_case_that_a_message_went_to_is_active_and_its_note_is_ours(store: Store) -> None:
    set_up(store, "1", "2")
    deliver(store, "m-1", "2", "77")
    watch(store)
    assert turn(store, active=True) == ["2"]
    with store.unit_of_work() as uow:
        assert uow.shared_notes.ours("north", ["77", "78"]) == {"77"}
        assert uow.shared_notes.ours("south", ["77"]) == set()
        assert uow.shared_notes.ours("north", []) == set()


def test_a_note_is_new_once_in_its_firm(store: Store) -> None:
    with store.unit_of_work() as uow:
        notes = uow.shared_notes
        assert notes.remember("north", "1", ["a", "b", "a"], announced=True) == {"a", "b"}
        assert notes.remember("north", "1", ["a", "c"], announced=False) == {"c"}
        assert notes.remember("north", "2", ["a"], announced=True) == set()
        assert notes.remember("south", "1", ["a"], announced=True) == {"a"}
        assert notes.remember("north", "1", [], announced=True) == set()
        uow.commit()


def test_what_is_not_committed_is_not_remembered(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.shared_notes.remember("north", "1", ["a"], announced=True)
    with store.unit_of_work() as uow:
        assert uow.shared_notes.remember("north", "1", ["a"], announced=True) == {"a"}


def test_of_two_that_see_a_note_at_the_same_time_one_announces_it(store: Store) -> None:
    new: list[set[str]] = []
    start = threading.Barrier(2)

    def look() -> None:
        start.wait()
        with store.unit_of_work() as uow:
            found = uow.shared_notes.remember("north", "1", [f"n-{n}" for n in range(50)], announced=True)
            uow.commit()
        new.append(found)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, new)) == [0, 50]


def test_switched_off_it_is_forgotten_but_for_the_notes_that_were_seen(store: Store) -> None:
    set_up(store, "1")
    watch(store)
    read(store, "1")
    with store.unit_of_work() as uow:
        uow.shared_notes.remember("north", "1", ["a"], announced=True)
        assert uow.shared_notes.forget_switched_off() == 0
        uow.commit()
    set_up(store, two_way=False)
    with store.unit_of_work() as uow:
        assert uow.shared_notes.forget_switched_off() == 1
        assert uow.shared_notes.forget_switched_off() == 0
        uow.commit()
    set_up(store)
    store.let_time_pass(DAY)
    seen = watch(store)
    assert seen.before is None
    with store.unit_of_work() as uow:
        [case] = uow.shared_notes.next("north", limit=9, unread_for=MINUTE, active=False)
        assert not case.is_known
        assert seen.now - case.since < MINUTE
        assert uow.shared_notes.remember("north", "1", ["a"], announced=True) == set()
