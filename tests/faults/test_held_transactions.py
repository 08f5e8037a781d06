"""A transaction that is held open while work goes on: it keeps PostgreSQL from cleaning up after everybody.

One of ours is ended by the server. One of somebody else, which has no limit, must not make claims slow
(ADR 101).
"""

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from statistics import median

import psycopg
import pytest

from adapters.postgres.deliveries import lanes
from adapters.postgres.records.open_transactions import oldest_transaction
from adapters.postgres.store.pool import open_pool
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.time_limits import TimeLimits
from core.delivery import Attempt, DeliveryState
from core.errors import TransientError
from core.event import EventKind
from core.ports.deliveries import Lane
from tests.fakes.samples import a_message
from tests.integration.postgres_support import WITHIN_S, Postgres, plan_nodes, postgres
from tests.servers import eventually

pytestmark = pytest.mark.faults

CASES = 20_000
EVENTS = 100  # a batch of the intake
LANES = 100  # a claim of a worker
BEFORE_S, HELD_S = 20.0, 120.0
LAST_S = 30.0
AT_MOST = 3.0
IDLE_S = 0.3


@contextmanager
def held(url: str) -> Iterator[None]:
    """Hold a transaction of a program without limits, with a snapshot of its beginning."""
    with psycopg.connect(url, application_name="a report") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute("select count(*) from deliveries")
        yield


class Load:
    """Messages of one firm: recorded as the intake does, delivered as a worker does, in this thread."""

    def __init__(self, store: Postgres) -> None:
        self._store = store
        self._numbers = itertools.count()
        self.sent: list[str] = []

    def add(self, events: int = EVENTS) -> None:
        numbers = [next(self._numbers) for _ in range(events)]
        told = [a_message(f"m-{n}", case_integration_id=str(n % CASES)) for n in numbers]
        self._store.add(*told)

    def claim(self) -> tuple[list[Lane], float]:
        began = time.perf_counter()
        claimed = self._store.claim("worker", lanes=LANES, limit=LANES)
        return list(claimed), time.perf_counter() - began

    def deliver(self, claimed: list[Lane]) -> None:
        owner, now = self._store.owner("worker"), datetime.now(UTC)
        deliveries = [delivery for lane in claimed for delivery in lane.deliveries]
        with self._store.unit_of_work() as uow:
            uow.deliveries.record(
                owner,
                [Attempt(d, DeliveryState.DELIVERED, now, stored_id=d.subject_id) for d in deliveries],
            )
            uow.deliveries.release(
                "north", EventKind.MESSAGE_SENT, owner, [lane.case_integration_id for lane in claimed]
            )
            uow.commit()
        self.sent += [delivery.subject_id for delivery in deliveries]

    def go_on(self, for_s: float) -> list[tuple[float, float]]:
        """Work for so long; return when each claim began, and how long it took, in seconds."""
        claims, ends_at = [], time.monotonic() + for_s
        while (now := time.monotonic()) < ends_at:
            self.add()
            claimed, took_s = self.claim()
            claims.append((now, took_s))
            self.deliver(claimed)
        return claims


def left(store: Postgres) -> list[tuple[str, str]]:
    return store.rows("select subject_id, state from deliveries where state <> 'delivered' order by 1")


def test_who_stops_in_the_middle_of_a_claim_is_ended_and_another_works_on(
    migrated_database_url: str,
) -> None:
    with postgres(migrated_database_url) as store:
        store.connect_firm()
        load = Load(store)
        load.add(10)
        with open_pool(
            migrated_database_url,
            min_size=1,
            max_size=1,
            application_name="stopped",
            limits=TimeLimits(idle_s=IDLE_S),
        ) as pool:
            stopped = Postgres(pool)
            owner = stopped.owner("stopped")
            with stopped.unit_of_work() as uow:
                taken = uow.deliveries.claim("north", EventKind.MESSAGE_SENT, owner=owner, lanes=10, limit=10)
                assert len(taken) == 10

                def is_ended() -> bool:
                    with store.pool.connection() as connection:
                        return oldest_transaction(Session(connection)) is None

                eventually(is_ended, WITHIN_S, "the end of the transaction")
                with pytest.raises(TransientError):
                    uow.commit()
        load.deliver(load.claim()[0])
        assert sorted(load.sent) == sorted(f"m-{n}" for n in range(10))
        assert left(store) == []


def test_beside_a_transaction_that_somebody_holds_work_goes_on(migrated_database_url: str) -> None:
    with postgres(migrated_database_url) as store:
        store.connect_firm()
        load = Load(store)
        with held(migrated_database_url):
            for _ in range(3):
                load.add()
                load.deliver(load.claim()[0])
            with store.pool.connection() as connection:
                found = oldest_transaction(Session(connection))
        assert found is not None
        assert (found.held_by, found.is_too_long) == ("a report", False)
        assert len(load.sent) == len(set(load.sent)) == 3 * EVENTS
        assert left(store) == []


def test_lanes_are_looked_up_by_key_even_where_the_server_believes_that_none_is_ready(
    migrated_database_url: str,
) -> None:
    """It counted at a quiet moment. The index of what is ready is walked once, and not once a lane."""
    with postgres(migrated_database_url, max_size=2) as store:
        store.connect_firm()
        store.rows(
            """
            insert into lanes (firm_id, kind, case_integration_id)
            select 'north', 'message-sent', n::text from generate_series(1, 5000) as n
            returning 1
            """
        )
        with psycopg.connect(migrated_database_url, autocommit=True) as connection:
            connection.execute("analyze lanes")
            asked = {"firm_id": "north", "kind": "message-sent", "owner": "1/1", "process_id": 1}
            asked |= {"since": "-infinity", "lanes": 100, "passed": 0}
            claim = Statements.beside(lanes.__file__)["claim"]
            [[[explained]]] = connection.execute("explain (format json) " + claim, asked).fetchall()
    used = [node.get("Index Name") for node in plan_nodes(explained["Plan"])]
    assert used.count("lanes_ready") == 1
    assert used.count("lanes_pkey") >= 1


@pytest.mark.long
@pytest.mark.timeout(600)
def test_claims_stay_quick_beside_a_transaction_held_for_two_minutes(migrated_database_url: str) -> None:
    with postgres(migrated_database_url) as store:
        store.connect_firm()
        load = Load(store)
        before = median(took_s for _, took_s in load.go_on(BEFORE_S))
        with held(migrated_database_url):
            claims = load.go_on(HELD_S)
        last_at = claims[-1][0] - LAST_S
        after = median(took_s for at, took_s in claims if at > last_at)
        assert after <= AT_MOST * before, f"{1000 * before:.1f} ms before, {1000 * after:.1f} ms at the end"
        assert len(load.sent) == len(set(load.sent))
        assert left(store) == []
