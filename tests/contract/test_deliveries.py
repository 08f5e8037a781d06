"""What the deliveries promise about lanes and order (`core.ports.deliveries.Deliveries`)."""

import functools
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from core.delivery import DeliveryState
from core.event import EventKind
from core.firm import ConnectionState
from core.ports.deliveries import NewDelivery
from core.reason import Reason
from tests.contract.lanes import MESSAGES, add, claim, due, give_back, record, save_firm, subjects
from tests.contract.stores import Store
from tests.fakes.samples import a_document, a_firm, a_message

SOON = timedelta(minutes=10)


def test_a_new_delivery_makes_its_firm_due_and_is_claimed_as_it_was_added(store: Store) -> None:
    save_firm(store)
    event = a_message("m-1", text="ünï \U0001f600 <b>")
    add(store, event)
    assert due(store) == ["north"]
    [lane] = claim(store)
    [delivery] = lane.deliveries
    assert (lane.case_integration_id, delivery.case_integration_id) == ("300417", "300417")
    assert (delivery.firm_id, delivery.kind, delivery.subject_id) == ("north", MESSAGES, "m-1")
    assert (delivery.occurred_at, delivery.content) == (event.occurred_at, event.content)
    assert (delivery.attempts, delivery.doubtful, delivery.doubtful_since) == (0, False, None)
    assert store.states() == {"m-1": "sending"}


def test_deliveries_of_a_case_come_in_the_order_in_which_they_were_sent(store: Store) -> None:
    save_firm(store)
    add(store, a_message("late", minute=9), a_message("early", minute=1))
    add(store, a_message("between", minute=5))
    [lane] = claim(store)
    assert subjects(lane) == ["early", "between", "late"]


def test_equal_instants_keep_the_order_in_which_they_were_added(store: Store) -> None:
    save_firm(store)
    add(store, *[a_message(f"m-{n}") for n in (3, 1, 2)])
    [lane] = claim(store)
    assert subjects(lane) == ["m-3", "m-1", "m-2"]


def test_the_limit_cuts_the_lane_and_the_rest_stays_pending(store: Store) -> None:
    save_firm(store)
    add(store, *[a_message(f"m-{n}", minute=n) for n in range(5)])
    [lane] = claim(store, limit=2)
    assert subjects(lane) == ["m-0", "m-1"]
    assert store.states()["m-2"] == "pending"


def test_a_claimed_lane_is_nobody_elses_and_not_due(store: Store) -> None:
    save_firm(store)
    add(store, a_message("m-1"))
    claim(store, owner="one")
    add(store, a_message("m-2"))
    assert due(store) == []
    assert claim(store, owner="two") == []
    assert claim(store, owner="one") == []


def test_lanes_are_claimed_up_to_the_number_asked_for_those_ready_longest_first(store: Store) -> None:
    save_firm(store)
    for case in ("3", "1", "2"):
        add(store, a_message(f"of-{case}", case_integration_id=case))
        store.let_time_pass(timedelta(seconds=1))
    assert {lane.case_integration_id for lane in claim(store, lanes=2, owner="one")} == {"3", "1"}
    assert {lane.case_integration_id for lane in claim(store, lanes=2, owner="two")} == {"2"}


def test_kinds_have_lanes_of_their_own(store: Store) -> None:
    save_firm(store)
    add(store, a_message("m"), a_document("d"))
    assert due(store, EventKind.DOCUMENT_UPLOADED) == ["north"]
    [lane] = claim(store, kind=EventKind.DOCUMENT_UPLOADED)
    assert subjects(lane) == ["d"]
    assert due(store, EventKind.DOCUMENT_UPLOADED) == []
    assert due(store) == ["north"]


def test_a_firm_is_due_only_while_connected_and_not_paused(store: Store) -> None:
    for firm_id, state in (("up", ConnectionState.CONNECTED), ("down", ConnectionState.RECONNECT_REQUIRED)):
        save_firm(store, a_firm(firm_id, connection=state))
        add(store, a_message(firm_id, firm_id=firm_id))
    save_firm(store, a_firm("paused", paused_until=store.now() + SOON))
    add(store, a_message("p", firm_id="paused"))
    add(store, a_message("x", firm_id="unknown"))
    assert due(store) == ["up"]
    store.let_time_pass(2 * SOON)
    assert due(store) == ["paused", "up"]


def test_a_held_delivery_is_not_claimed_and_holds_back_the_later_ones_of_its_case_only(store: Store) -> None:
    save_firm(store)
    held = NewDelivery(a_message("held", minute=2), Reason.CASE_NOT_IMPORTED)
    later = NewDelivery(a_message("later", minute=3))
    other = NewDelivery(a_message("other", minute=4, case_integration_id="2"))
    with store.unit_of_work() as uow:
        uow.deliveries.add([held, later, other])
        uow.commit()
    assert [subjects(lane) for lane in claim(store)] == [["other"]]
    assert store.states() == {"held": "held", "later": "pending", "other": "sending"}


def test_a_claim_stops_before_the_first_held_delivery(store: Store) -> None:
    save_firm(store)
    add(store, a_message("first", minute=1))
    add(store, a_message("second", minute=2), hold=Reason.CASE_NOT_IMPORTED)
    add(store, a_message("third", minute=3))
    [lane] = claim(store)
    assert subjects(lane) == ["first"]


@pytest.mark.parametrize("state", [DeliveryState.RETRYING, DeliveryState.UNKNOWN])
def test_a_delivery_that_waits_for_its_time_holds_back_its_case_until_then(
    store: Store, state: DeliveryState
) -> None:
    save_firm(store)
    add(store, a_message("m-1", minute=1), a_message("m-2", minute=2))
    lanes = claim(store)
    record(store, lanes[0].deliveries[0], state, run_at=store.now() + SOON)
    give_back(store)
    assert store.states() == {"m-1": state.value, "m-2": "pending"}
    assert due(store) == []
    assert claim(store) == []
    store.let_time_pass(SOON)
    assert due(store) == ["north"]
    assert [subjects(lane) for lane in claim(store)] == [["m-1", "m-2"]]


def test_a_failed_delivery_does_not_hold_back_its_case(store: Store) -> None:
    save_firm(store)
    add(store, a_message("m-1", minute=1), a_message("m-2", minute=2))
    [lane] = claim(store)
    record(store, lane.deliveries[0], DeliveryState.FAILED, reason="rejected_by_smartadvocate")
    give_back(store)
    assert [subjects(lane) for lane in claim(store)] == [["m-2"]]


def test_a_delivered_one_is_done_and_a_lane_without_open_deliveries_rests(store: Store) -> None:
    save_firm(store)
    add(store, a_message())
    [lane] = claim(store)
    record(store, lane.deliveries[0], DeliveryState.DELIVERED, stored_id="n-1")
    give_back(store)
    assert store.states() == {"m-1": "delivered"}
    assert due(store) == []
    assert claim(store) == []


def test_a_lane_at_rest_wakes_for_a_new_delivery(store: Store) -> None:
    save_firm(store)
    add(store, a_message("m-1", minute=1))
    [lane] = claim(store)
    record(store, lane.deliveries[0], DeliveryState.DELIVERED)
    give_back(store)
    add(store, a_message("m-2", minute=2))
    assert due(store) == ["north"]
    assert [subjects(lane) for lane in claim(store)] == [["m-2"]]


def test_a_new_delivery_does_not_wake_a_lane_that_is_held(store: Store) -> None:
    save_firm(store)
    add(store, a_message("m-1", minute=1), hold=Reason.CASE_NOT_IMPORTED)
    add(store, a_message("m-2", minute=2))
    assert due(store) == []


@pytest.mark.parametrize("state", [DeliveryState.RETRYING, DeliveryState.UNKNOWN, DeliveryState.HELD])
def test_a_message_older_than_all_that_waits_in_its_case_waits_for_none_of_it(
    store: Store, state: DeliveryState
) -> None:
    save_firm(store)
    add(store, a_message("waits", minute=5))
    [lane] = claim(store)
    run_at = None if state is DeliveryState.HELD else store.now() + SOON
    record(store, lane.deliveries[0], state, run_at=run_at, reason="permission_missing")
    give_back(store)
    add(store, a_message("newer", minute=6))
    assert due(store) == []
    add(store, a_message("older", minute=4), a_message("newest", minute=7))
    assert due(store) == ["north"]
    [lane] = claim(store)
    assert subjects(lane) == ["older"]
    add(store, a_message("oldest", minute=3))
    assert due(store) == []  # while the lane is claimed it stays so
    record(store, lane.deliveries[0], DeliveryState.DELIVERED)
    give_back(store)
    [lane] = claim(store)
    assert subjects(lane) == ["oldest"]
    record(store, lane.deliveries[0], DeliveryState.DELIVERED)
    give_back(store)
    assert due(store) == []


def test_an_older_message_that_is_held_itself_wakes_nothing(store: Store) -> None:
    save_firm(store)
    add(store, a_message("m-2", minute=2), hold=Reason.CASE_BEING_IMPORTED)
    add(store, a_message("m-1", minute=1), hold=Reason.CASE_BEING_IMPORTED)
    assert due(store) == []
    assert claim(store) == []


def test_what_was_not_begun_is_pending_again_when_its_lane_is_given_back(store: Store) -> None:
    save_firm(store)
    add(store, *[a_message(f"m-{n}", minute=n) for n in range(3)])
    [lane] = claim(store)
    record(store, lane.deliveries[0], DeliveryState.DELIVERED)
    give_back(store)
    assert store.states() == {"m-0": "delivered", "m-1": "pending", "m-2": "pending"}
    [again] = claim(store)
    assert subjects(again) == ["m-1", "m-2"]
    assert not any(delivery.doubtful for delivery in again.deliveries)


def test_an_attempt_counts_once_it_is_recorded_and_the_first_one_tells_when_it_began(store: Store) -> None:
    save_firm(store)
    add(store, a_message())
    [first] = claim(store)
    began = first.deliveries[0].first_attempt_at
    assert began is not None
    assert abs(began - store.now()) < timedelta(minutes=1)
    record(store, first.deliveries[0], DeliveryState.RETRYING, run_at=store.now())
    give_back(store)
    [second] = claim(store)
    assert second.deliveries[0].attempts == 1
    assert second.deliveries[0].first_attempt_at == began


def test_giving_back_what_was_not_begun_counts_no_attempt(store: Store) -> None:
    save_firm(store)
    add(store, a_message())
    claim(store)
    give_back(store)
    assert claim(store)[0].deliveries[0].attempts == 0


def test_a_case_has_one_lane_a_firm(store: Store) -> None:
    for firm_id in ("north", "south"):
        save_firm(store, a_firm(firm_id))
        add(store, a_message(f"of-{firm_id}", firm_id=firm_id))
    assert due(store) == ["north", "south"]
    assert [subjects(lane) for lane in claim(store, firm_id="south")] == [["of-south"]]
    assert due(store) == ["north"]


def test_only_the_owner_can_give_a_lane_back(store: Store) -> None:
    save_firm(store)
    add(store, a_message())
    claim(store, owner="one")
    give_back(store, owner="two")
    assert store.states() == {"m-1": "sending"}
    assert due(store) == []


def test_giving_back_one_lane_leaves_the_others_of_the_owner_claimed(store: Store) -> None:
    save_firm(store)
    add(store, a_message("a", case_integration_id="1"), a_message("b", case_integration_id="2"))
    claim(store)
    give_back(store, cases=["1"])
    assert store.states() == {"a": "pending", "b": "sending"}
    assert [subjects(lane) for lane in claim(store, owner="two")] == [["a"]]


def test_of_many_who_claim_at_once_each_lane_goes_to_one(store: Store) -> None:
    save_firm(store)
    cases = [f"{n:03}" for n in range(60)]
    add(store, *[a_message(f"of-{case}", case_integration_id=case) for case in cases])
    together = threading.Barrier(4)
    taken: list[str] = []

    def work(owner: str) -> None:
        together.wait(timeout=10)
        for _ in range(100):
            lanes = claim(store, owner=owner, lanes=7)
            if not lanes:
                return
            taken.extend(subjects(lane)[0] for lane in lanes)

    threads = [threading.Thread(target=work, args=(f"owner-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    # Those who looked while others had rows in hand may have gone home: what is left is claimed at leisure.
    taken.extend(subjects(lane)[0] for lane in claim(store, owner="last", lanes=100))
    assert sorted(taken) == [f"of-{case}" for case in cases]


def test_a_delivery_added_while_its_lane_is_given_back_is_not_overlooked(store: Store) -> None:
    """The lane must be ready afterwards, whichever of the two transactions comes first."""
    save_firm(store)
    for round_ in range(20):
        add(store, a_message(f"first-{round_}", minute=1))
        [lane] = claim(store)
        record(store, lane.deliveries[0], DeliveryState.DELIVERED)
        both(
            functools.partial(give_back, store),
            functools.partial(add, store, a_message(f"next-{round_}", minute=2)),
        )
        [lane] = claim(store)
        assert subjects(lane) == [f"next-{round_}"]
        record(store, lane.deliveries[0], DeliveryState.DELIVERED)
        give_back(store)


def both(*acts: Callable[[], None]) -> None:
    """Do them at the same time."""
    together = threading.Barrier(len(acts))

    def begin(act: Callable[[], None]) -> None:
        together.wait(timeout=10)
        act()

    threads = [threading.Thread(target=begin, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)


def test_a_claim_of_nothing_is_empty(store: Store) -> None:
    save_firm(store)
    assert claim(store) == []
    owner = store.owner()
    with store.unit_of_work() as uow:
        uow.deliveries.add([])
        uow.deliveries.record("nobody", [])
        uow.deliveries.release("north", MESSAGES, "nobody", [])
        assert uow.deliveries.claim("x", MESSAGES, owner=owner, lanes=1, limit=1) == []


def test_an_attempt_that_met_a_pause_does_not_count(store: Store) -> None:
    save_firm(store)
    add(store, a_message("m-1"))
    [lane] = claim(store)
    record(store, lane.deliveries[0], DeliveryState.RETRYING, run_at=store.now(), pause=SOON)
    give_back(store)
    [lane] = claim(store)
    [delivery] = lane.deliveries
    assert delivery.attempts == 0
    assert delivery.first_attempt_at is not None
    assert store.now() - delivery.first_attempt_at < timedelta(minutes=1)
    # After an attempt that counted, its day of retries is longer by the pause.
    record(store, delivery, DeliveryState.RETRYING, run_at=store.now())
    give_back(store)
    [lane] = claim(store)
    [before] = lane.deliveries
    record(store, before, DeliveryState.RETRYING, run_at=store.now(), pause=SOON)
    give_back(store)
    [lane] = claim(store)
    [after] = lane.deliveries
    assert (before.attempts, after.attempts) == (1, 1)
    assert before.first_attempt_at is not None
    assert after.first_attempt_at == before.first_attempt_at + SOON
