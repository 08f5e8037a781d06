"""What operators see: numbers, lists without message text, rejected events to replay."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from adapters.postgres.admin import list_deliveries, list_rejected, mark_replayed, rejected_bodies
from adapters.postgres.stats import PostgresStats
from core.announcement import Announcement, AnnouncementKind
from core.delivery import Attempt, DeliveryState, HoldReason
from core.event import EventKind
from core.ports.deliveries import NewDelivery
from core.ports.inbox import RejectedEvent
from core.ports.statistics import Snapshot
from tests.fakes.samples import a_document, a_message
from tests.integration.postgres_support import Postgres, postgres


@pytest.fixture
def store(migrated_database_url: str) -> Iterator[Postgres]:
    with postgres(migrated_database_url) as store:
        yield store


@pytest.fixture
def mixed(store: Postgres) -> Postgres:
    """One delivery each: delivered, failed, pending, and of a document; two held."""
    store.add(a_message("done", case_integration_id="1"), a_message("failed", case_integration_id="1"))
    now = datetime.now(UTC)
    first, second = store.claim("worker")[0].deliveries
    failed = Attempt(second, DeliveryState.FAILED, now, reason="rejected_by_smartadvocate", detail="no")
    with store.unit_of_work() as uow:
        uow.deliveries.record("worker", [Attempt(first, DeliveryState.DELIVERED, now, stored_id="7"), failed])
        uow.deliveries.release("north", EventKind.MESSAGE_SENT, "worker", ["1"])
        uow.deliveries.add([NewDelivery(a_message("p")), NewDelivery(a_document("d"))])
        uow.deliveries.add(
            [NewDelivery(a_message(f"h-{n}", firm_id="south"), HoldReason.FIRM_UNKNOWN) for n in range(2)]
        )
        uow.commit()
    return store


def test_an_empty_store_has_nothing_waiting(store: Postgres) -> None:
    assert PostgresStats(store.pool).snapshot() == Snapshot()


def test_deliveries_are_counted_by_kind_and_state_without_those_delivered(mixed: Postgres) -> None:
    assert PostgresStats(mixed.pool).snapshot().deliveries == {
        ("message-sent", "pending"): 1,
        ("message-sent", "held"): 2,
        ("message-sent", "failed"): 1,
        ("document-uploaded", "pending"): 1,
    }


def test_the_oldest_delivery_is_the_oldest_that_waits_for_nobody(mixed: Postgres) -> None:
    with mixed.pool.connection() as connection:
        connection.execute("update deliveries set created_at = now() - interval '1 day'")
        connection.execute(
            "update deliveries set created_at = now() - interval '1 h' where state = 'pending'"
        )
    assert PostgresStats(mixed.pool).snapshot().oldest_delivery_age_s == pytest.approx(3600, abs=60)


def test_the_outbox_is_counted_until_it_is_published(store: Postgres) -> None:
    with store.unit_of_work() as uow:
        uow.outbox.announce([Announcement(AnnouncementKind.CONNECTION_LOST, "north")] * 3)
        uow.commit()
    with store.pool.connection() as connection:
        connection.execute("update outbox set created_at = now() - interval '1 h'")
        connection.execute(
            "update outbox set published_at = now() where row_id = (select min(row_id) from outbox)"
        )
    snapshot = PostgresStats(store.pool).snapshot()
    assert snapshot.outbox_waiting == 2
    assert snapshot.outbox_oldest_age_s == pytest.approx(3600, abs=60)


def test_rejected_events_are_listed_replayed_once_and_kept(store: Postgres) -> None:
    with store.unit_of_work() as uow:
        uow.inbox.set_aside(
            [
                RejectedEvent("message-sent", "malformed", "the body is not JSON", 3, b"\x00\xff{"),
                RejectedEvent("http", "oversized", "too \x00 large", 300_000, None),
            ]
        )
        uow.commit()
    listed = list_rejected(store.pool)
    assert [(row.channel, row.reason, row.size, row.replayable) for row in listed] == [
        ("http", "oversized", 300_000, False),
        ("message-sent", "malformed", 3, True),
    ]
    bodies = rejected_bodies(store.pool, [row.event_id for row in listed])
    assert [(body.channel, body.body) for body in bodies] == [("message-sent", b"\x00\xff{")]
    assert "ff" not in repr(bodies[0])
    assert PostgresStats(store.pool).snapshot().rejected_events == 2
    ids = [body.event_id for body in bodies]
    assert (mark_replayed(store.pool, ids), mark_replayed(store.pool, ids)) == (1, 0)
    assert PostgresStats(store.pool).snapshot().rejected_events == 1
    assert [row.channel for row in list_rejected(store.pool)] == ["http"]
    assert [row.channel for row in list_rejected(store.pool, replayed=True)] == ["http", "message-sent"]


def test_deliveries_are_listed_newest_first_by_firm_and_state_without_their_text(mixed: Postgres) -> None:
    everything = list_deliveries(mixed.pool)
    assert [row.subject_id for row in everything] == ["h-1", "h-0", "d", "p", "failed", "done"]
    assert "appointment" not in repr(everything)
    assert [row.subject_id for row in list_deliveries(mixed.pool, limit=2)] == ["h-1", "h-0"]
    assert [row.subject_id for row in list_deliveries(mixed.pool, firm_id="south")] == ["h-1", "h-0"]
    (failed,) = list_deliveries(mixed.pool, firm_id="north", state=DeliveryState.FAILED)
    assert (failed.reason, failed.detail, failed.attempts) == ("rejected_by_smartadvocate", "no", 1)
    (done,) = list_deliveries(mixed.pool, state=DeliveryState.DELIVERED)
    assert (done.note_id, done.delivered_at is not None) == ("7", True)
