"""What those who keep casebridge going can look at (`core.ports.upkeep.Upkeep`)."""

from datetime import timedelta

import psycopg
import pytest

from adapters.postgres.records.upkeep import PostgresUpkeep
from core.actor import ALL_FIRMS
from core.announcement import Announcement, AnnouncementKind
from core.delivery import DeliveryState
from core.delivery_selection import Selection
from core.event import EventKind
from core.ports.inbox import RejectedEvent
from core.ports.upkeep import Upkeep
from core.reason import Reason
from core.schedule import JobName
from core.upkeep import OpenTransaction
from tests.contract.lanes import add, claim, give_back, record, save_firm
from tests.contract.stores import InMemory, Store
from tests.fakes.samples import a_document, a_firm, a_message
from tests.fakes.upkeep import FakeUpkeep


@pytest.fixture
def upkeep(store: Store, request: pytest.FixtureRequest) -> Upkeep:
    if isinstance(store, InMemory):
        return FakeUpkeep(store.store)
    return PostgresUpkeep(request.getfixturevalue("contract_pool"))


def test_deliveries_are_counted_by_kind_and_state_without_those_delivered_or_given_up(
    store: Store, upkeep: Upkeep
) -> None:
    add(store, a_message("done", case_integration_id="1"), a_message("failed", case_integration_id="1"))
    [lane] = claim(store)
    first, second = lane.deliveries
    record(store, first, DeliveryState.DELIVERED, stored_id="7")
    record(store, second, DeliveryState.FAILED, reason=Reason.REJECTED_BY_SMARTADVOCATE, detail="no")
    give_back(store, cases=["1"])
    add(store, *(a_message(f"h-{n}", firm_id="south") for n in range(2)), hold=Reason.FIRM_UNKNOWN)
    store.let_time_pass(timedelta(days=1))
    add(store, a_message("given up"), hold=Reason.CASE_NOT_IMPORTED)
    of = Selection(firm_id="north", states=(DeliveryState.HELD,)).discardable()
    with store.unit_of_work() as uow:
        assert uow.deliveries.discard(ALL_FIRMS, of, after=0, limit=9, why="a test").number == 1
        uow.commit()
    add(store, a_message("p", case_integration_id="2"))
    store.let_time_pass(timedelta(hours=1))
    add(store, a_document("d"))
    snapshot = upkeep.snapshot()
    assert snapshot.deliveries == {
        ("message-sent", "pending"): 1,
        ("message-sent", "held"): 2,
        ("message-sent", "failed"): 1,
        ("document-uploaded", "pending"): 1,
    }
    assert snapshot.oldest_delivery_age_s == pytest.approx(3600, abs=60), "of those that wait for nobody"


def test_the_outbox_is_counted_until_it_is_published(store: Store, upkeep: Upkeep) -> None:
    with store.unit_of_work() as uow:
        uow.outbox.announce([Announcement(AnnouncementKind.CONNECTION_LOST, "north")] * 3)
        uow.commit()
    store.let_time_pass(timedelta(hours=1))
    with store.outbox_reader().window(1) as window:
        window.mark_published([row.row_id for row in window.rows])
    snapshot = upkeep.snapshot()
    assert snapshot.outbox_waiting == 2
    assert snapshot.outbox_oldest_age_s == pytest.approx(3600, abs=60)


def test_rejected_events_are_counted_until_somebody_has_decided_on_them(store: Store, upkeep: Upkeep) -> None:
    with store.unit_of_work() as uow:
        event = RejectedEvent("queue", Reason.INVALID_EVENT, "no JSON", 1, b"{")
        uow.inbox.set_aside([event] * 3)
        first, second, _ = uow.inbox.rejected(3)
        uow.inbox.mark_replayed(first.event_id)
        uow.inbox.discard("a test", event_ids=[second.event_id], reason=None, newest=None, limit=1)
        uow.commit()
    assert upkeep.snapshot().rejected_events == 1


def test_what_waits_is_told_by_firm_and_kind_with_the_oldest_of_it(store: Store, upkeep: Upkeep) -> None:
    save_firm(store)
    save_firm(store, a_firm("south"))
    add(store, a_message("gone", case_integration_id="1"))
    [lane] = claim(store)
    record(store, lane.deliveries[0], DeliveryState.DELIVERED)
    give_back(store, cases=["1"])
    add(store, a_message("s-1", firm_id="south"), hold=Reason.CASE_NOT_IMPORTED)
    store.let_time_pass(timedelta(hours=1))
    add(store, a_message("m-1"), a_message("m-2", minute=1), a_document("d-1"))
    found = {(backlog.firm_id, backlog.kind): backlog for backlog in upkeep.backlogs()}
    assert {key: backlog.number for key, backlog in found.items()} == {
        ("south", EventKind.MESSAGE_SENT): 1,
        ("north", EventKind.MESSAGE_SENT): 2,
        ("north", EventKind.DOCUMENT_UPLOADED): 1,
    }
    oldest = next(iter(upkeep.backlogs()))
    assert (oldest.firm_id, oldest.state, oldest.reason) == (
        "south",
        DeliveryState.HELD,
        Reason.CASE_NOT_IMPORTED,
    )


def test_the_newest_slot_that_was_started_of_each_job_is_told(store: Store, upkeep: Upkeep) -> None:
    first, second = store.now() - timedelta(minutes=4), store.now() - timedelta(minutes=2)
    for due_at in (first, second):
        with store.unit_of_work() as uow:
            uow.jobs.open_slot(JobName.SYNC_MESSAGES, due_at)
            uow.jobs.claim_slot(JobName.SYNC_MESSAGES)
            uow.commit()
    with store.unit_of_work() as uow:
        uow.jobs.open_slot(JobName.SYNC_DOCUMENTS, second)
        uow.commit()
    assert [(slot.name, slot.due_at) for slot in upkeep.last_slots()] == [(JobName.SYNC_MESSAGES, second)]


def test_who_holds_a_transaction_open_is_told(
    store: Store, upkeep: Upkeep, request: pytest.FixtureRequest
) -> None:
    assert upkeep.oldest_transaction() is None
    if isinstance(store, InMemory):
        store.store.held = OpenTransaction("a report", store.now(), timedelta())
        assert_held(upkeep)
        return
    url = request.getfixturevalue("contract_url")
    with psycopg.connect(url, application_name="a report") as reading:
        reading.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reading.execute("select count(*) from firms")
        assert_held(upkeep)


def assert_held(upkeep: Upkeep) -> None:
    held = upkeep.oldest_transaction()
    assert held is not None
    assert held.held_by == "a report"
    assert timedelta() <= held.for_ < timedelta(minutes=1)
    assert not held.is_too_long


def test_tables_are_told_the_largest_first_and_how_old_their_oldest_row_is(
    store: Store, upkeep: Upkeep
) -> None:
    save_firm(store)
    add(store, a_message())
    tables = upkeep.tables()
    sizes = [table.size_bytes for table in tables]
    assert sizes == sorted(sizes, reverse=True)
    [deliveries] = [table for table in tables if table.name == "deliveries"]
    assert deliveries.oldest_at is not None
    assert abs(store.now() - deliveries.oldest_at) < timedelta(minutes=5)
