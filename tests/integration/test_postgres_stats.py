"""What operators see in numbers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from adapters.postgres.records.stats import CONNECTED_WITHIN_S, PostgresStats
from adapters.postgres.records.unexpected_errors import PostgresUnexpectedErrors
from adapters.postgres.store.pool import CHECKOUT_WITHIN_S, open_pool
from adapters.web.api.store_collector import StoreCollector
from core.announcement import Announcement, AnnouncementKind
from core.delivery import Attempt, DeliveryState
from core.errors import TransientError
from core.event import EventKind
from core.ports.deliveries import NewDelivery
from core.reason import Reason
from core.snapshot import Snapshot
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
    failed = Attempt(second, DeliveryState.FAILED, now, reason=Reason.REJECTED_BY_SMARTADVOCATE, detail="no")
    with store.unit_of_work() as uow:
        uow.deliveries.record(
            store.owner("worker"), [Attempt(first, DeliveryState.DELIVERED, now, stored_id="7"), failed]
        )
        uow.deliveries.release("north", EventKind.MESSAGE_SENT, store.owner("worker"), ["1"])
        uow.deliveries.add([NewDelivery(a_message("p")), NewDelivery(a_document("d"))])
        uow.deliveries.add(
            [NewDelivery(a_message(f"h-{n}", firm_id="south"), Reason.FIRM_UNKNOWN) for n in range(2)]
        )
        uow.commit()
    return store


def test_an_empty_store_has_nothing_waiting(store: Postgres) -> None:
    snapshot = PostgresStats(store.pool).snapshot()
    assert replace(snapshot, dead_rows={}) == Snapshot()
    assert {"deliveries", "jobs", "lanes", "outbox", "slots"} <= snapshot.dead_rows.keys()


def test_the_age_of_the_oldest_transaction_is_told(store: Postgres) -> None:
    with store.pool.connection() as holding:
        holding.execute("insert into unexpected_errors (doing, error_type, times) values ('a', 'b', 1)")
        assert PostgresStats(store.pool).snapshot().oldest_transaction_age_s > 0


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


def test_unexpected_errors_are_counted_by_what_was_under_way_and_type(store: Postgres) -> None:
    counts = PostgresUnexpectedErrors(store.pool)
    for doing, error_type in (("job", "KeyError"), ("deliver", "KeyError"), ("job", "KeyError")):
        counts.count(doing, error_type)
    assert PostgresStats(store.pool).snapshot().unexpected_errors == {
        ("job", "KeyError"): 2,
        ("deliver", "KeyError"): 1,
    }


def test_a_metric_tells_of_unexpected_errors() -> None:
    registry = CollectorRegistry()
    registry.register(StoreCollector(lambda: Snapshot(unexpected_errors={("job", "builtins.KeyError"): 2})))
    told = generate_latest(registry).decode()
    assert 'casebridge_unexpected_errors_total{doing="job",type="builtins.KeyError"} 2.0' in told


def test_who_scrapes_hears_that_no_connection_is_to_be_had_before_giving_up(
    migrated_database_url: str,
) -> None:
    with (
        open_pool(migrated_database_url, min_size=1, max_size=1, application_name="test") as pool,
        pool.connection(),
        pytest.raises(TransientError),
    ):
        PostgresStats(pool, connected_within_s=0.1).snapshot()
    assert CONNECTED_WITHIN_S < CHECKOUT_WITHIN_S
