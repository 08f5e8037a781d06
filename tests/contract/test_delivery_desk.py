"""What the desk promises: lists, timelines and replays (`core.ports.deliveries.Deliveries`)."""

from datetime import timedelta
from typing import Any

import pytest

from core.actor import ALL_FIRMS
from core.delivery import DeliveryState
from core.delivery_selection import DeliverySummary, Replayed, Selection, TimelineEntry
from core.event import EventKind
from core.ports.deliveries import NewDelivery
from core.reason import Reason
from tests.contract.lanes import MESSAGES, add, claim, due, give_back, lose, record, save_firm, subjects
from tests.contract.stores import Store
from tests.fakes.samples import a_document, a_firm, a_message

FAILED = Selection(states=(DeliveryState.FAILED,))


def find(store: Store, selection: Selection | None = None, limit: int = 100) -> list[DeliverySummary]:
    with store.unit_of_work() as uow:
        return list(uow.deliveries.find(ALL_FIRMS, selection or Selection(), limit))


def found(store: Store, selection: Selection) -> set[str]:
    """Return the subjects; the count must agree."""
    rows = find(store, selection)
    with store.unit_of_work() as uow:
        assert uow.deliveries.count(ALL_FIRMS, selection) == len(rows)
    return {row.subject_id for row in rows}


def timeline(store: Store, subject_id: str = "m-1") -> list[TimelineEntry]:
    [row] = [row for row in find(store) if row.subject_id == subject_id]
    with store.unit_of_work() as uow:
        return list(uow.deliveries.timeline(row.delivery_id))


def replay(store: Store, selection: Selection | None = None, *, after: int = 0, limit: int = 100) -> Replayed:
    with store.unit_of_work() as uow:
        replayed = uow.deliveries.replay(ALL_FIRMS, selection or Selection(), after=after, limit=limit)
        uow.commit()
    return replayed


def end(store: Store, state: DeliveryState, reason: str | None = None) -> None:
    """Let all that is ready end so."""
    for lane in claim(store):
        for delivery in lane.deliveries:
            record(store, delivery, state, reason=reason, run_at=store.now() + timedelta(hours=1))
        give_back(store, cases=[lane.case_integration_id])


def a_mixed_lot(store: Store) -> None:
    save_firm(store)
    save_firm(store, a_firm("south"))
    add(store, a_message("failed", case_integration_id="1"))
    end(store, DeliveryState.FAILED, "rejected_by_smartadvocate")
    store.let_time_pass(timedelta(days=2))
    add(store, a_message("delivered", case_integration_id="2"))
    end(store, DeliveryState.DELIVERED)
    add(store, a_message("held", case_integration_id="3"), hold=Reason.CASE_NOT_IMPORTED)
    add(store, a_message("pending", case_integration_id="3", minute=1))
    add(store, a_message("south", firm_id="south", case_integration_id="1"))
    add(store, a_document("document", case_integration_id="3"))


def test_deliveries_are_found_by_firm_case_state_reason_kind_and_time(store: Store) -> None:
    a_mixed_lot(store)
    everything = {"failed", "delivered", "held", "pending", "south", "document"}
    assert found(store, Selection()) == everything
    assert found(store, Selection(firm_id="south")) == {"south"}
    assert found(store, Selection(case_integration_id="1")) == {"failed", "south"}
    assert found(store, Selection(states=(DeliveryState.HELD, DeliveryState.FAILED))) == {"held", "failed"}
    assert found(store, Selection(states=(DeliveryState.DELIVERED,))) == {"delivered"}
    assert found(store, Selection(reason=Reason.REJECTED_BY_SMARTADVOCATE)) == {"failed"}
    assert found(store, Selection(kind=EventKind.DOCUMENT_UPLOADED)) == {"document"}
    assert found(store, Selection(since=store.now() - timedelta(days=1))) == everything - {"failed"}
    assert found(store, Selection(firm_id="north", case_integration_id="3", kind=MESSAGES)) == {
        "held",
        "pending",
    }
    [row] = find(store, Selection(reason=Reason.REJECTED_BY_SMARTADVOCATE))
    assert found(store, Selection(delivery_id=row.delivery_id)) == {"failed"}
    assert found(store, Selection(delivery_id=0)) == set()


def test_the_newest_come_first_and_no_more_than_asked_for(store: Store) -> None:
    a_mixed_lot(store)
    assert [row.subject_id for row in find(store, limit=2)] == ["document", "south"]


def test_the_timeline_tells_every_attempt_when_how_long_and_what_came_of_it(store: Store) -> None:
    save_firm(store)
    add(store, a_message())
    began_at = store.now() - timedelta(seconds=3)
    attempts: list[tuple[DeliveryState, dict[str, Any]]] = [
        (DeliveryState.RETRYING, {"reason": "unavailable", "detail": "busy", "status": 503}),
        (DeliveryState.DELIVERED, {"stored_id": "n-1"}),
    ]
    for state, fields in attempts:
        [lane] = claim(store)
        fields |= {"began_at": began_at, "ended_at": began_at + timedelta(milliseconds=1500)}
        record(store, lane.deliveries[0], state, run_at=store.now(), **fields)
        give_back(store)
    first, second = timeline(store)
    assert (first.outcome, first.status, first.reason, first.detail) == (
        "retrying",
        503,
        "unavailable",
        "busy",
    )
    assert (first.began_at, first.took_ms) == (began_at, 1500)
    assert (second.outcome, second.took_ms, second.reason) == ("delivered", 1500, None)
    assert second.ended_at == began_at + timedelta(milliseconds=1500)


def test_an_attempt_that_delivered_by_adopting_says_so(store: Store) -> None:
    save_firm(store)
    add(store, a_message())
    [lane] = claim(store)
    record(store, lane.deliveries[0], DeliveryState.DELIVERED, stored_id="n-1", adopted=True)
    [entry] = timeline(store)
    assert (entry.outcome, entry.reason) == ("delivered", "adopted")


def test_an_attempt_of_somebody_who_lost_the_lane_is_in_no_timeline(store: Store) -> None:
    save_firm(store)
    add(store, a_message())
    [lane] = claim(store)
    record(store, lane.deliveries[0], DeliveryState.RETRYING, "another", run_at=store.now())
    assert timeline(store) == []


def test_that_a_process_did_not_come_back_is_in_the_timeline(store: Store) -> None:
    save_firm(store)
    add(store, a_message())
    claim(store, "one")
    lose(store, "one")
    [entry] = timeline(store)
    assert (entry.outcome, entry.reason) == ("unknown", "process_gone")


def test_a_late_arrival_is_known_as_one_and_stays_so(store: Store) -> None:
    save_firm(store)
    add(store, a_message("newer", minute=5))
    end(store, DeliveryState.DELIVERED)
    add(store, a_message("older", minute=1), a_message("newest", minute=9))
    [lane] = claim(store)
    assert [(d.subject_id, d.late) for d in lane.deliveries] == [("older", True), ("newest", False)]
    for delivery in lane.deliveries:
        record(store, delivery, DeliveryState.DELIVERED)
    give_back(store)
    assert {row.subject_id for row in find(store) if row.late} == {"older"}
    [entry] = timeline(store, "older")
    assert entry.late


def test_a_late_one_that_is_adopted_was_written_in_time(store: Store) -> None:
    save_firm(store)
    add(store, a_message("newer", minute=5))
    end(store, DeliveryState.DELIVERED)
    add(store, a_message("older", minute=1))
    [lane] = claim(store)
    record(store, lane.deliveries[0], DeliveryState.DELIVERED, adopted=True)
    assert not any(row.late for row in find(store))


def test_a_newer_one_that_failed_makes_nobody_late(store: Store) -> None:
    save_firm(store)
    add(store, a_message("newer", minute=5))
    end(store, DeliveryState.FAILED)
    add(store, a_message("older", minute=1))
    [lane] = claim(store)
    assert not lane.deliveries[0].late


def test_one_of_a_time_that_has_not_come_makes_nobody_late(store: Store) -> None:
    save_firm(store)
    add(store, a_message("never", sent_at="9999-12-31T23:59:59Z"))  # taken before such times were refused
    end(store, DeliveryState.DELIVERED)
    add(store, a_message("now", minute=1))
    [lane] = claim(store)
    assert [(d.subject_id, d.late) for d in lane.deliveries] == [("now", False)]


def test_a_replayed_delivery_leaves_again_and_its_attempts_are_counted_anew(store: Store) -> None:
    save_firm(store)
    add(store, a_message("m-1", minute=1))
    end(store, DeliveryState.FAILED, "retries_spent")
    assert due(store) == []
    assert replay(store) == Replayed(1, frozenset({("north", MESSAGES)}), None)
    assert due(store) == ["north"]
    [lane] = claim(store)
    assert (lane.deliveries[0].attempts, lane.deliveries[0].doubtful) == (0, False)
    assert [entry.outcome for entry in timeline(store)] == ["failed", "replayed"]


def test_a_replayed_delivery_in_doubt_stays_in_doubt(store: Store) -> None:
    """It may be there already: nobody writes before having looked."""
    save_firm(store)
    add(store, a_message())
    since = store.now() - timedelta(minutes=7)
    for state in (DeliveryState.UNKNOWN, DeliveryState.FAILED):
        [lane] = claim(store)
        record(store, lane.deliveries[0], state, run_at=store.now(), doubtful_since=since)
        give_back(store)
    assert replay(store).number == 1
    [lane] = claim(store)
    assert (lane.deliveries[0].doubtful, lane.deliveries[0].doubtful_since) == (True, since)


def test_a_replay_takes_what_is_held_and_failed_unless_told_otherwise(store: Store) -> None:
    a_mixed_lot(store)
    end(store, DeliveryState.RETRYING)
    states = store.states()
    assert states["pending"] == "pending"
    assert replay(store).number == 2
    assert {k: v for k, v in store.states().items() if v != states[k]} == {
        "held": "pending",
        "failed": "pending",
    }
    assert replay(store, Selection(states=(DeliveryState.DELIVERED, DeliveryState.PENDING))).number == 0


def test_a_retrying_delivery_is_replayed_at_once_if_asked_for(store: Store) -> None:
    save_firm(store)
    add(store, a_message())
    end(store, DeliveryState.RETRYING)
    assert due(store) == []
    assert replay(store, Selection(states=(DeliveryState.RETRYING,))).number == 1
    assert due(store) == ["north"]


def test_a_replay_goes_on_batch_by_batch(store: Store) -> None:
    save_firm(store)
    add(store, *[a_message(f"m-{n}", case_integration_id=str(n + 1)) for n in range(5)])
    end(store, DeliveryState.FAILED)
    after, numbers = 0, []
    while True:
        batch = replay(store, FAILED, after=after, limit=2)
        numbers.append(batch.number)
        if batch.after is None:
            break
        after = batch.after
    assert numbers == [2, 2, 1]
    assert len(claim(store)) == 5


def test_a_replay_leaves_alone_what_another_worker_has_in_hand(store: Store) -> None:
    save_firm(store)
    add(store, a_message("m-1", minute=1), a_message("m-2", minute=2))
    [lane] = claim(store)
    record(store, lane.deliveries[0], DeliveryState.FAILED)
    assert replay(store).number == 1
    assert claim(store, "two") == []
    record(store, lane.deliveries[1], DeliveryState.DELIVERED)
    give_back(store)
    [lane] = claim(store)
    assert subjects(lane) == ["m-1"]
    assert lane.deliveries[0].late


@pytest.mark.parametrize("selection", [Selection(firm_id="nobody"), Selection(reason=Reason.ROLE_MISSING)])
def test_a_replay_of_nothing_is_nothing(store: Store, selection: Selection) -> None:
    a_mixed_lot(store)
    assert replay(store, selection) == Replayed(0, frozenset(), None)


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
        waiting = {(w.kind, w.state, w.reason): w.number for w in uow.deliveries.waiting("north")}
    assert waiting == {
        (EventKind.MESSAGE_SENT, DeliveryState.PENDING, None): 2,
        (EventKind.MESSAGE_SENT, DeliveryState.HELD, held): 1,
        (EventKind.DOCUMENT_UPLOADED, DeliveryState.PENDING, None): 1,
    }
