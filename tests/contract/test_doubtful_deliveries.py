"""What the deliveries promise about attempts that may have reached SmartAdvocate, lost claims and holds."""

from datetime import timedelta

import pytest

from core.delivery import Delivery, DeliveryState
from core.event import EventKind
from core.ports.deliveries import NewDelivery
from core.process import HEARTBEAT
from core.reason import Reason
from tests.contract.lanes import (
    MESSAGES,
    add,
    claim,
    due,
    give_back,
    lose,
    record,
    save_firm,
    subjects,
    take_back,
)
from tests.contract.stores import Store
from tests.fakes.samples import a_case, a_document, a_firm, a_message

ABOUT = timedelta(seconds=30)  # how long a test may take on a slow machine
LONG = timedelta(days=1)


def claimed(store: Store, owner: str = "worker-1") -> Delivery:
    """Claim the one delivery that is ready."""
    [lane] = claim(store, owner)
    [delivery] = lane.deliveries
    return delivery


def with_message(store: Store) -> None:
    save_firm(store)
    add(store, a_message())


def unhold(store: Store, *reasons: Reason, cases: list[str] | None = None) -> int:
    with store.unit_of_work() as uow:
        number = uow.deliveries.release_holds("north", reasons, cases)
        uow.commit()
    return number


def test_the_lanes_of_a_process_that_is_gone_are_due_and_doubtful_since_its_last_call(store: Store) -> None:
    with_message(store)
    claimed(store, "one")
    lose(store, "one")
    assert due(store) == ["north"]
    delivery = claimed(store, "two")
    assert delivery.doubtful
    assert delivery.doubtful_since is not None
    assert abs(delivery.doubtful_since - (store.now() - HEARTBEAT.quiet)) < ABOUT
    assert delivery.doubtful_since < store.now()


def test_the_claim_of_a_process_that_lives_is_kept_however_long(store: Store) -> None:
    with_message(store)
    claimed(store, "one")
    store.let_time_pass(LONG)
    assert take_back(store) == []
    assert due(store) == []
    assert claim(store, "two") == []


def test_a_process_that_is_gone_claims_nothing(store: Store) -> None:
    """It may have stood still for days: what it claims now nobody would take back."""
    with_message(store)
    lose(store, "one")
    assert claim(store, "one") == []
    assert claim(store, "two")


def test_taking_back_tells_whose_lanes_they_were_and_leaves_others_alone(store: Store) -> None:
    save_firm(store)
    save_firm(store, a_firm("south"))
    add(store, a_message("a"), a_message("b", firm_id="south"), a_document("d"))
    claim(store, "one")
    claim(store, "one", kind=EventKind.DOCUMENT_UPLOADED)
    claim(store, "two", firm_id="south")
    assert sorted(take_back(store, store.owner("one"))) == [
        ("north", EventKind.DOCUMENT_UPLOADED),
        ("north", MESSAGES),
    ]
    assert store.states() == {"a": "unknown", "b": "sending", "d": "unknown"}
    assert take_back(store) == []


def test_what_is_taken_back_goes_before_all_that_waits_and_in_the_order_of_its_claim(store: Store) -> None:
    save_firm(store)
    for case in ("9", "1", "5"):
        add(store, a_message(f"m-{case}", case_integration_id=case))
        store.let_time_pass(timedelta(seconds=1))
    claim(store, "one")
    store.let_time_pass(timedelta(seconds=1))
    add(store, a_message("m-3", case_integration_id="3"))
    store.let_time_pass(timedelta(minutes=1))
    lose(store, "one")
    lanes = claim(store, "two")
    assert [lane.case_integration_id for lane in lanes] == ["9", "1", "5", "3"]
    places = [
        delivery.lost_claim.place for lane in lanes for delivery in lane.deliveries if delivery.lost_claim
    ]
    assert len(places) == 3
    assert places == sorted(places)


def test_what_was_not_claimed_in_a_lane_is_not_in_doubt(store: Store) -> None:
    save_firm(store)
    add(store, *[a_message(f"m-{n}", minute=n) for n in range(3)])
    claim(store, "one", limit=2)
    lose(store, "one")
    [lane] = claim(store, "two")
    assert [delivery.doubtful for delivery in lane.deliveries] == [True, True, False]
    first, second = (delivery.lost_claim for delivery in lane.deliveries[:2])
    assert first is not None
    assert second is not None
    assert (first.owner, second.owner) == (store.owner("one"), store.owner("one"))
    assert first.place < second.place


def test_a_doubt_from_before_the_claim_is_not_the_claims_own(store: Store) -> None:
    """That the claim did not begin it says nothing of the attempt before."""
    with_message(store)
    record(store, claimed(store), DeliveryState.UNKNOWN, run_at=store.now())
    give_back(store)
    claimed(store, "one")
    lose(store, "one")
    delivery = claimed(store, "two")
    assert delivery.doubtful
    assert delivery.lost_claim is None


def test_a_doubt_that_was_renewed_is_not_the_lost_claims_alone_any_more(store: Store) -> None:
    with_message(store)
    claimed(store, "one")
    lose(store, "one")
    delivery = claimed(store, "two")
    assert delivery.lost_claim is not None
    waits = DeliveryState.UNKNOWN
    record(store, delivery, waits, owner="two", run_at=store.now())  # not there yet: nothing new
    give_back(store, "two")
    assert claimed(store, "two").lost_claim == delivery.lost_claim
    record(store, delivery, waits, owner="two", run_at=store.now(), doubtful_since=store.now())
    give_back(store, "two")
    again = claimed(store, "two")
    assert again.doubtful
    assert again.lost_claim is None


def test_who_lost_the_lane_records_and_releases_nothing(store: Store) -> None:
    with_message(store)
    old = claimed(store, "one")
    lose(store, "one")
    claimed(store, "two")
    record(store, old, DeliveryState.DELIVERED, owner="one")
    give_back(store, owner="one")
    assert store.states() == {"m-1": "sending"}
    assert due(store) == []


def test_who_is_gone_and_has_lost_nothing_yet_records_as_if_in_time(store: Store) -> None:
    with_message(store)
    delivery = claimed(store)
    store.lose()
    record(store, delivery, DeliveryState.DELIVERED)
    give_back(store)
    assert store.states() == {"m-1": "delivered"}
    assert due(store) == []


def test_all_that_the_lost_owner_had_is_doubtful_even_beyond_the_new_claims_limit(store: Store) -> None:
    """Nobody knows how far it came; what is given back unsent must stay doubtful too."""
    save_firm(store)
    add(store, *[a_message(f"m-{n}", minute=n) for n in range(1, 5)])
    claim(store, "one", limit=4)
    lose(store, "one")
    add(store, a_message("earlier", minute=0))
    [lane] = claim(store, "two", limit=2)
    assert [(d.subject_id, d.doubtful) for d in lane.deliveries] == [("earlier", False), ("m-1", True)]
    give_back(store, owner="two")
    [lane] = claim(store, "three", limit=10)
    assert [(d.subject_id, d.doubtful) for d in lane.deliveries] == [
        ("earlier", False),
        *[(f"m-{n}", True) for n in range(1, 5)],
    ]


def test_an_unknown_attempt_comes_back_doubtful_since_the_instant_it_named(store: Store) -> None:
    with_message(store)
    since = store.now() - timedelta(minutes=7)
    record(store, claimed(store), DeliveryState.UNKNOWN, run_at=store.now(), doubtful_since=since)
    give_back(store)
    delivery = claimed(store)
    assert (delivery.doubtful, delivery.doubtful_since) == (True, since)


def test_a_doubtful_delivery_that_was_not_begun_is_unknown_again_and_ready_now(store: Store) -> None:
    with_message(store)
    since = store.now() - timedelta(minutes=7)
    record(store, claimed(store), DeliveryState.UNKNOWN, run_at=store.now(), doubtful_since=since)
    give_back(store)
    claimed(store)
    give_back(store)
    assert store.states() == {"m-1": "unknown"}
    delivery = claimed(store)
    assert (delivery.doubtful_since, delivery.attempts) == (since, 1)


@pytest.mark.parametrize("state", [DeliveryState.HELD, DeliveryState.RETRYING])
def test_doubt_outlasts_whatever_follows_until_it_is_delivered(store: Store, state: DeliveryState) -> None:
    """A held delivery is let go weeks later: its note may be there all the same."""
    with_message(store)
    since = store.now() - timedelta(minutes=7)
    record(store, claimed(store), DeliveryState.UNKNOWN, run_at=store.now(), doubtful_since=since)
    give_back(store)
    record(store, claimed(store), state, run_at=store.now(), reason="permission_missing")
    give_back(store)
    unhold(store, Reason.PERMISSION_MISSING)
    delivery = claimed(store)
    assert (delivery.doubtful, delivery.doubtful_since) == (True, since)


def test_a_claim_names_all_messages_of_its_case_that_are_in_doubt_whatever_became_of_them(
    store: Store,
) -> None:
    """An older one has to look for them before it is sent: they may have gone out before it."""
    save_firm(store)
    add(store, *[a_message(f"m-{n}", minute=n) for n in range(2, 8)])
    add(store, a_message("other", case_integration_id="2", minute=9))
    claim(store, "one")
    lose(store, "one")  # now all of them are in doubt
    [lane, other] = sorted(claim(store), key=lambda lane: lane.case_integration_id, reverse=True)
    assert [d.subject_id for d in other.in_doubt] == ["other"]
    assert [d.subject_id for d in lane.in_doubt] == [f"m-{n}" for n in range(2, 8)]
    endings = [DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.HELD, DeliveryState.UNKNOWN]
    for delivery, state in zip(lane.deliveries, endings, strict=False):
        run_at = store.now() + timedelta(hours=1) if state is DeliveryState.UNKNOWN else None
        record(store, delivery, state, run_at=run_at, reason="why")
    give_back(store)
    add(store, a_message("m-1", minute=1))
    [lane] = claim(store)
    assert subjects(lane) == ["m-1"]
    assert [(d.subject_id, d.doubtful) for d in lane.in_doubt] == [(f"m-{n}", True) for n in range(3, 8)]
    [older] = lane.deliveries
    assert [d.subject_id for d in lane.may_be_there(older)] == [f"m-{n}" for n in range(3, 8)]


def test_documents_look_for_nothing_but_themselves(store: Store) -> None:
    save_firm(store)
    add(store, a_document("d-1"), a_document("d-2"))
    claim(store, "one", kind=EventKind.DOCUMENT_UPLOADED)
    lose(store, "one")
    [lane] = claim(store, "two", kind=EventKind.DOCUMENT_UPLOADED)
    assert [lane.may_be_there(d) for d in lane.deliveries] == [[d] for d in lane.deliveries]


def test_an_attempt_is_recorded_once_however_often_its_transaction_is_repeated(store: Store) -> None:
    with_message(store)
    delivery = claimed(store)
    record(store, delivery, DeliveryState.RETRYING, run_at=store.now())
    record(store, delivery, DeliveryState.RETRYING, run_at=store.now())
    give_back(store)
    assert claimed(store).attempts == 1


def test_holds_are_released_by_reason_and_case(store: Store) -> None:
    save_firm(store)
    add(store, a_message("a", case_integration_id="1"), hold=Reason.CASE_NOT_IMPORTED)
    add(store, a_message("b", case_integration_id="2"), hold=Reason.CASE_NOT_IMPORTED)
    add(store, a_message("c", case_integration_id="2", firm_id="south"), hold=Reason.CASE_NOT_IMPORTED)
    add(store, a_message("d", case_integration_id="3"), hold=Reason.FIRM_UNKNOWN)
    assert unhold(store, Reason.RECONNECT_REQUIRED) == 0
    assert unhold(store, Reason.CASE_NOT_IMPORTED, cases=["2", "9"]) == 1
    assert unhold(store, Reason.CASE_NOT_IMPORTED, cases=[]) == 0
    assert store.states() == {"a": "held", "b": "pending", "c": "held", "d": "held"}
    assert due(store) == ["north"]
    assert [subjects(lane) for lane in claim(store)] == [["b"]]
    assert unhold(store, Reason.CASE_NOT_IMPORTED, Reason.FIRM_UNKNOWN) == 2
    assert store.states() == {"a": "pending", "b": "sending", "c": "held", "d": "pending"}


def test_a_released_hold_in_the_midst_of_a_lane_waits_for_those_before_it(store: Store) -> None:
    save_firm(store)
    add(store, a_message("m-1", minute=1))
    add(store, a_message("m-2", minute=2), hold=Reason.CASE_NOT_IMPORTED)
    [lane] = claim(store)
    assert unhold(store, Reason.CASE_NOT_IMPORTED) == 1
    assert claim(store, "two") == []
    record(store, lane.deliveries[0], DeliveryState.DELIVERED)
    give_back(store)
    assert [subjects(lane) for lane in claim(store)] == [["m-2"]]


def test_attempts_begin_anew_once_a_person_has_acted(store: Store) -> None:
    """A day of waiting for a person is not a day of retries."""
    with_message(store)
    record(store, claimed(store), DeliveryState.HELD, reason="permission_missing")
    give_back(store)
    store.let_time_pass(timedelta(days=3))
    assert unhold(store, Reason.PERMISSION_MISSING) == 1
    delivery = claimed(store)
    assert delivery.attempts == 0
    assert delivery.first_attempt_at is not None
    assert abs(delivery.first_attempt_at - store.now()) < ABOUT


def test_an_attempt_that_ends_held_puts_the_lane_to_rest(store: Store) -> None:
    save_firm(store)
    add(store, a_message("m-1", minute=1), a_message("m-2", minute=2))
    [lane] = claim(store)
    record(store, lane.deliveries[0], DeliveryState.HELD, reason="case_not_found")
    give_back(store)
    assert due(store) == []
    assert store.states() == {"m-1": "held", "m-2": "pending"}


def test_holds_resolve_when_the_firm_or_the_case_is_there(store: Store) -> None:
    add(store, a_message("of-firm"), hold=Reason.FIRM_UNKNOWN)
    add(store, a_message("of-case", case_integration_id="2"), hold=Reason.CASE_NOT_IMPORTED)
    add(store, a_message("of-none", case_integration_id="3"), hold=Reason.CASE_NOT_IMPORTED)
    add(store, a_message("of-south", firm_id="south"), hold=Reason.FIRM_UNKNOWN)
    with store.unit_of_work() as uow:
        assert uow.deliveries.release_resolved_holds() == 0
        uow.firms.save(a_firm())
        uow.cases.save("north", [a_case("2")])
        assert uow.deliveries.release_resolved_holds() == 2
        assert uow.deliveries.release_resolved_holds() == 0
        uow.commit()
    assert store.states() == {
        "of-firm": "pending",
        "of-case": "pending",
        "of-none": "held",
        "of-south": "held",
    }
    assert due(store) == ["north"]


def test_a_hold_for_another_reason_does_not_resolve_by_itself(store: Store) -> None:
    with_message(store)
    record(store, claimed(store), DeliveryState.HELD, reason="permission_missing")
    give_back(store)
    with store.unit_of_work() as uow:
        uow.cases.save("north", [a_case()])
        assert uow.deliveries.release_resolved_holds() == 0


def test_a_claim_that_is_rolled_back_leaves_all_as_it_was(store: Store) -> None:
    with_message(store)
    owner = store.owner("x")
    with store.unit_of_work() as uow:
        assert uow.deliveries.claim("north", MESSAGES, owner=owner, lanes=1, limit=1)
    assert store.states() == {"m-1": "pending"}
    assert not claimed(store).doubtful


def test_adding_a_subject_a_second_time_adds_nothing(store: Store) -> None:
    save_firm(store)
    with store.unit_of_work() as uow:
        uow.deliveries.add([NewDelivery(a_message()), NewDelivery(a_message("m-2"))])
        uow.deliveries.add([NewDelivery(a_message(text="again"))])
        uow.commit()
    [lane] = claim(store)
    assert subjects(lane) == ["m-1", "m-2"]
    assert due(store, EventKind.DOCUMENT_UPLOADED) == []
