"""What deliveries promise about fresh addresses of documents (`Deliveries.refresh_content`)."""

import pytest

from core.delivery import Attempt, DeliveryState
from core.errors import ContentExpiredError
from core.event import EventKind, UpstreamEvent
from core.ports.deliveries import Lane
from core.reason import Reason
from tests.contract.lanes import add, due, lose, save_firm
from tests.contract.stores import Store
from tests.fakes.samples import a_document

DOCUMENTS = EventKind.DOCUMENT_UPLOADED
EXPIRED = ContentExpiredError.reason
URL = "https://files.case-status.test/"


def refresh(store: Store, *events: UpstreamEvent) -> int:
    with store.unit_of_work() as uow:
        number = uow.deliveries.refresh_content(events)
        uow.commit()
    return number


def claim_one(store: Store, name: str = "worker-1") -> Lane | None:
    owner = store.owner(name)
    with store.unit_of_work() as uow:
        lanes = uow.deliveries.claim("north", DOCUMENTS, owner=owner, lanes=1, limit=1)
        uow.commit()
    return lanes[0] if lanes else None


def end(
    store: Store, lane: Lane, state: DeliveryState, reason: Reason | None = None, *, name: str = "worker-1"
) -> None:
    owner = store.owner(name)
    with store.unit_of_work() as uow:
        attempts = [Attempt(d, state, store.now(), reason=reason, stored_id="7") for d in lane.deliveries]
        uow.deliveries.record(owner, attempts)
        uow.deliveries.release("north", DOCUMENTS, owner, [lane.case_integration_id])
        uow.commit()


def claimed(store: Store, name: str = "worker-1") -> Lane:
    lane = claim_one(store, name)
    assert lane is not None
    return lane


@pytest.fixture
def waiting(store: Store) -> Store:
    """A store with one document, held for its expired address."""
    save_firm(store)
    add(store, a_document("d-1"))
    end(store, claimed(store), DeliveryState.HELD, EXPIRED)
    assert store.states() == {"d-1": "held"}
    assert due(store, DOCUMENTS) == []
    return store


def test_a_fresh_address_lets_a_document_go_that_waited_for_one(waiting: Store) -> None:
    assert refresh(waiting, a_document("d-1", content_url=URL + "fresh")) == 1
    assert waiting.states() == {"d-1": "pending"}
    assert due(waiting, DOCUMENTS) == ["north"]
    [delivery] = claimed(waiting).deliveries
    assert delivery.document.content_url == URL + "fresh"
    assert delivery.attempts == 0


def test_the_same_address_again_is_no_news_and_neither_is_an_earlier_one(waiting: Store) -> None:
    old = a_document("d-1")
    assert refresh(waiting, old) == 0
    assert refresh(waiting, a_document("d-1", content_url=URL + "fresh"), old) == 1
    assert refresh(waiting, old) == 0
    [delivery] = claimed(waiting).deliveries
    assert delivery.document.content_url == URL + "fresh"


def test_other_documents_firms_and_reasons_are_left_alone(waiting: Store) -> None:
    events = [a_document("d-2", content_url=URL), a_document("d-1", firm_id="south", content_url=URL)]
    assert refresh(waiting, *events) == 0
    assert waiting.states() == {"d-1": "held"}


def test_a_document_held_for_another_reason_takes_the_address_and_stays_held(store: Store) -> None:
    save_firm(store)
    add(store, a_document("d-1"))
    end(store, claimed(store), DeliveryState.HELD, Reason.CONTENT_HOST_NOT_ALLOWED)
    assert refresh(store, a_document("d-1", content_url=URL + "fresh")) == 1
    assert store.states() == {"d-1": "held"}


def test_an_attempt_that_finds_a_replaced_address_expired_is_pending_again(store: Store) -> None:
    save_firm(store)
    add(store, a_document("d-1"))
    lane = claimed(store)
    assert refresh(store, a_document("d-1", content_url=URL + "fresh")) == 1
    assert store.states() == {"d-1": "sending"}
    end(store, lane, DeliveryState.HELD, EXPIRED)
    assert store.states() == {"d-1": "pending"}
    assert due(store, DOCUMENTS) == ["north"]


def test_a_doubtful_document_stays_doubtful(store: Store) -> None:
    save_firm(store)
    add(store, a_document("d-1"))
    claimed(store)
    lose(store)
    lane = claimed(store, "another")
    assert lane.deliveries[0].doubtful
    end(store, lane, DeliveryState.HELD, EXPIRED, name="another")
    refresh(store, a_document("d-1", content_url=URL + "fresh"))
    assert store.states() == {"d-1": "unknown"}
    assert claimed(store, "another").deliveries[0].doubtful


def test_a_delivered_document_stays_as_it_is(store: Store) -> None:
    save_firm(store)
    add(store, a_document("d-1"))
    end(store, claimed(store), DeliveryState.DELIVERED)
    assert refresh(store, a_document("d-1", content_url=URL + "fresh")) == 0
    assert store.states() == {"d-1": "delivered"}


def test_refreshing_nothing_is_nothing(store: Store) -> None:
    assert refresh(store) == 0
