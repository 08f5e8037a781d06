"""What removing text promises (`Deliveries.purge_…` and `Inbox.purge_rejected`)."""

from datetime import timedelta

import pytest

from core.actor import ALL_FIRMS
from core.delivery import Attempt, DeliveryState
from core.delivery_selection import Selection
from core.event import EventKind, UpstreamEvent
from core.ports.deliveries import NewDelivery
from core.ports.inbox import Recorded, RejectedEvent
from core.reason import Reason
from tests.contract.stores import Store
from tests.fakes.samples import a_document, a_firm, a_message

DAY = timedelta(days=1)
KEEP = 30 * DAY
PRIVATE = {"text", "sender_name", "attachments", "file_name", "uploaded_by", "content_url"}


def take_on(store: Store, event: UpstreamEvent, state: DeliveryState, **settings: object) -> None:
    """Record an event, and let its delivery end so."""
    owner = store.owner()
    with store.unit_of_work() as uow:
        uow.firms.save(a_firm(event.firm_id, **settings))
        uow.inbox.record([event])
        held = Reason.CASE_NOT_IMPORTED if state is DeliveryState.HELD else None
        uow.deliveries.add([NewDelivery(event, held)])
        if state in {DeliveryState.DELIVERED, DeliveryState.FAILED}:
            [lane] = uow.deliveries.claim(event.firm_id, event.kind, owner=owner, lanes=1, limit=1)
            attempt = Attempt(
                lane.deliveries[0],
                state,
                store.now(),
                stored_id="77",
                reason=Reason.REJECTED_BY_SMARTADVOCATE,
                detail="too long",
            )
            uow.deliveries.record(owner, [attempt])
            uow.deliveries.release(event.firm_id, event.kind, owner, [lane.case_integration_id])
        uow.commit()


def purge(store: Store, limit: int = 100) -> tuple[int, int, int]:
    with store.unit_of_work() as uow:
        numbers = (
            uow.deliveries.purge_delivered(KEEP, limit),
            uow.deliveries.purge_failed(6 * KEEP, limit),
            uow.inbox.purge_rejected(KEEP, limit),
        )
        uow.commit()
    return numbers


@pytest.mark.parametrize("event", [a_message("m-1", attachments=["a.pdf"]), a_document("d-1")])
def test_what_was_delivered_loses_its_text_after_its_time_and_keeps_the_proof(
    store: Store, event: UpstreamEvent
) -> None:
    take_on(store, event, DeliveryState.DELIVERED)
    before = store.content(event.subject_id)
    assert PRIVATE & before.keys()
    store.let_time_pass(KEEP - DAY)
    assert purge(store) == (0, 0, 0)
    store.let_time_pass(2 * DAY)
    assert purge(store) == (1, 0, 0)
    assert purge(store) == (0, 0, 0)
    kept = store.content(event.subject_id)
    assert kept == {key: value for key, value in before.items() if key not in PRIVATE}
    with store.unit_of_work() as uow:
        [row] = uow.deliveries.find(ALL_FIRMS, Selection(), 10)
        assert uow.inbox.record([event]) == [Recorded.REPEATED]  # the digest is there
    assert (row.state, row.stored_id, row.subject_id) == (DeliveryState.DELIVERED, "77", event.subject_id)
    assert row.delivered_at is not None


def test_a_firm_may_keep_text_shorter_or_longer(store: Store) -> None:
    take_on(store, a_message("short", firm_id="short"), DeliveryState.DELIVERED, keep_text_days=7)
    take_on(store, a_message("long", firm_id="long"), DeliveryState.DELIVERED, keep_text_days=90)
    store.let_time_pass(8 * DAY)
    assert purge(store)[0] == 1
    assert "text" not in store.content("short")
    store.let_time_pass(80 * DAY)
    assert purge(store)[0] == 0
    store.let_time_pass(5 * DAY)
    assert purge(store)[0] == 1


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.HELD])
def test_what_is_still_to_be_delivered_keeps_its_text(store: Store, state: DeliveryState) -> None:
    take_on(store, a_message("m-1"), state)
    store.let_time_pass(1000 * DAY)
    assert purge(store) == (0, 0, 0)
    assert "text" in store.content("m-1")


def test_what_failed_keeps_its_text_longer_and_cannot_be_replayed_afterwards(store: Store) -> None:
    take_on(store, a_message("m-1"), DeliveryState.FAILED)
    store.let_time_pass(2 * KEEP)
    assert purge(store) == (0, 0, 0)
    store.let_time_pass(5 * KEEP)
    assert purge(store) == (0, 1, 0)
    assert "text" not in store.content("m-1")
    with store.unit_of_work() as uow:
        [row] = uow.deliveries.find(ALL_FIRMS, Selection(), 10)
        assert row.reason == "text_purged"
        assert row.detail == "too long", "what it had failed with"
        assert row.kept_days == 210
        assert uow.deliveries.count(ALL_FIRMS, Selection().replayable()) == 0
        assert uow.deliveries.replay(ALL_FIRMS, Selection(), after=0, limit=10).number == 0


def test_bodies_of_rejected_events_go_and_their_reasons_stay(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.inbox.set_aside([RejectedEvent("http", Reason.MALFORMED, "data.text is a number", 5, b"a b c")])
        uow.commit()
    store.let_time_pass(31 * DAY)
    assert purge(store) == (0, 0, 1)
    with store.unit_of_work() as uow:
        [row] = uow.inbox.rejected(10)
        assert (row.reason, row.replayable) == ("malformed", False)
        assert uow.inbox.replayable(after=0, limit=10) == []


def test_no_more_is_removed_at_a_time_than_asked_for(store: Store) -> None:
    for n in range(5):
        take_on(store, a_message(f"m-{n}"), DeliveryState.DELIVERED)
    store.let_time_pass(31 * DAY)
    assert [purge(store, limit=2)[0] for _ in range(4)] == [2, 2, 1, 0]
    assert all("text" not in store.content(f"m-{n}") for n in range(5))


def test_kinds_are_told_apart_by_what_they_hold() -> None:
    for kind, event in ((EventKind.MESSAGE_SENT, a_message()), (EventKind.DOCUMENT_UPLOADED, a_document())):
        assert event.kind is kind
        assert event.content.to_data().keys() - PRIVATE
