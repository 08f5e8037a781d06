"""Documents of one case do not hold each other back (`core.ports.deliveries.Deliveries`)."""

from datetime import timedelta

import pytest

from core.delivery import Attempt, DeliveryState
from core.event import EventKind
from core.ports.deliveries import Lane
from core.reason import Reason
from tests.contract.lanes import add, due, save_firm
from tests.contract.stores import Store
from tests.fakes.samples import a_document

DOCUMENTS = EventKind.DOCUMENT_UPLOADED
WHY = Reason.PERMISSION_MISSING
SOON = timedelta(minutes=10)


def claim(store: Store, limit: int = 1) -> Lane | None:
    owner = store.owner()
    with store.unit_of_work() as uow:
        lanes = uow.deliveries.claim("north", DOCUMENTS, owner=owner, lanes=1, limit=limit)
        uow.commit()
    return lanes[0] if lanes else None


def end(store: Store, lane: Lane | None, state: DeliveryState) -> None:
    assert lane is not None
    run_at = store.now() + SOON if state in {DeliveryState.RETRYING, DeliveryState.UNKNOWN} else None
    owner = store.owner()
    with store.unit_of_work() as uow:
        attempts = [
            Attempt(d, state, store.now(), reason=Reason.PERMISSION_MISSING, run_at=run_at)
            for d in lane.deliveries
        ]
        uow.deliveries.record(owner, attempts)
        uow.deliveries.release("north", DOCUMENTS, owner, [lane.case_integration_id])
        uow.commit()


def names(lane: Lane | None) -> list[str]:
    return [delivery.subject_id for delivery in lane.deliveries] if lane else []


@pytest.fixture
def three(store: Store) -> Store:
    """A store with three documents of one case."""
    save_firm(store)
    add(store, *[a_document(f"d-{n}", uploaded_at=f"2026-11-02T11:0{n}:00Z") for n in range(3)])
    return store


@pytest.mark.parametrize("state", [DeliveryState.HELD, DeliveryState.RETRYING, DeliveryState.UNKNOWN])
def test_one_that_waits_lets_the_others_pass(three: Store, state: DeliveryState) -> None:
    end(three, claim(three), state)
    assert due(three, DOCUMENTS) == ["north"]
    for document_id in ("d-1", "d-2"):
        lane = claim(three)
        assert names(lane) == [document_id]
        end(three, lane, DeliveryState.DELIVERED)
    assert claim(three) is None
    assert due(three, DOCUMENTS) == []
    assert three.states() == {"d-0": state.value, "d-1": "delivered", "d-2": "delivered"}


@pytest.mark.parametrize("state", [DeliveryState.HELD, DeliveryState.RETRYING])
def test_a_new_one_passes_those_that_wait(store: Store, state: DeliveryState) -> None:
    save_firm(store)
    add(store, a_document("d-0"))
    end(store, claim(store), state)
    assert due(store, DOCUMENTS) == []
    add(store, a_document("d-1"))
    assert due(store, DOCUMENTS) == ["north"]
    assert names(claim(store)) == ["d-1"]


def test_a_retry_comes_when_it_is_due(three: Store) -> None:
    end(three, claim(three), DeliveryState.RETRYING)
    end(three, claim(three, limit=5), DeliveryState.DELIVERED)
    three.let_time_pass(SOON + timedelta(seconds=1))
    assert due(three, DOCUMENTS) == ["north"]
    assert names(claim(three)) == ["d-0"]


def test_a_claim_takes_all_that_can_go_in_order(three: Store) -> None:
    end(three, claim(three), DeliveryState.HELD)
    assert names(claim(three, limit=5)) == ["d-1", "d-2"]


def test_one_that_comes_while_the_lane_is_claimed_is_ready_after_its_release(three: Store) -> None:
    lane = claim(three, limit=5)
    add(three, a_document("d-9"))
    assert due(three, DOCUMENTS) == []
    end(three, lane, DeliveryState.HELD)
    assert names(claim(three)) == ["d-9"]


def test_what_was_held_is_released_with_the_others(three: Store) -> None:
    end(three, claim(three, limit=5), DeliveryState.HELD)
    with three.unit_of_work() as uow:
        assert uow.deliveries.release_holds("north", [WHY]) == 3
        uow.commit()
    assert names(claim(three, limit=5)) == ["d-0", "d-1", "d-2"]
