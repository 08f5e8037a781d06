"""What operators see in numbers."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from adapters.postgres.records.unexpected_errors import PostgresUnexpectedErrors
from adapters.postgres.records.upkeep import CONNECTED_WITHIN_S, PostgresUpkeep
from adapters.postgres.store.pool import CHECKOUT_WITHIN_S, open_pool
from adapters.web.api.store_collector import StoreCollector
from core.errors import TransientError
from core.snapshot import Snapshot
from tests.integration.postgres_support import Postgres, postgres


@pytest.fixture
def store(migrated_database_url: str) -> Iterator[Postgres]:
    with postgres(migrated_database_url) as store:
        yield store


def test_an_empty_store_has_nothing_waiting(store: Postgres) -> None:
    snapshot = PostgresUpkeep(store.pool).snapshot()
    assert replace(snapshot, dead_rows={}) == Snapshot()
    assert {"deliveries", "jobs", "lanes", "outbox", "slots"} <= snapshot.dead_rows.keys()


def test_the_age_of_the_oldest_transaction_is_told(store: Postgres) -> None:
    with store.pool.connection() as holding:
        holding.execute("insert into unexpected_errors (doing, error_type, times) values ('a', 'b', 1)")
        assert PostgresUpkeep(store.pool).snapshot().oldest_transaction_age_s > 0


def test_unexpected_errors_are_counted_by_what_was_under_way_and_type(store: Postgres) -> None:
    counts = PostgresUnexpectedErrors(store.pool)
    for doing, error_type in (("job", "KeyError"), ("deliver", "KeyError"), ("job", "KeyError")):
        counts.count(doing, error_type)
    assert PostgresUpkeep(store.pool).snapshot().unexpected_errors == {
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
        PostgresUpkeep(pool, connected_within_s=0.1).snapshot()
    assert CONNECTED_WITHIN_S < CHECKOUT_WITHIN_S
