"""What waits under an id of another spelling, taken in by an older release, goes to the lane of its case."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.postgres.store.migrate import read_migrations
from core.delivery import Attempt, DeliveryState
from core.event import EventKind, UpstreamEvent
from core.ports.deliveries import ImportPace, NewDelivery
from core.reason import Reason
from tests.fakes.samples import a_case, a_message
from tests.integration.postgres_support import Postgres, postgres

STATES = "select subject_id, case_integration_id, state, reason from deliveries order by delivery_id"


@pytest.fixture
def store(migrated_database_url: str) -> Iterator[Postgres]:
    with postgres(migrated_database_url) as store:
        store.connect_firm()
        yield store


def as_written(subject: str, case: str, minute: int = 0) -> UpstreamEvent:
    """Return an event whose case id is spelled so, as none that is read today is."""
    return replace(a_message(subject, minute=minute), case_integration_id=case)


def taken_in(
    store: Postgres, *events: UpstreamEvent, hold: Reason | None = Reason.CASE_BEING_IMPORTED
) -> None:
    with store.unit_of_work() as uow:
        uow.deliveries.add([NewDelivery(event, hold) for event in events])
        uow.commit()


def migrated(store: Postgres) -> None:
    """Do again what the migration does with deliveries."""
    [migration] = [m for m in read_migrations() if m.name == "0081_tries"]
    sql = migration.sql[migration.sql.index(b"create table moved") :]
    with store.pool.connection() as connection:
        connection.execute(sql, prepare=False)


def imported(store: Postgres) -> None:
    with store.unit_of_work() as uow:
        uow.cases.save("north", [a_case("300417")])
        uow.commit()


def released(store: Postgres) -> None:
    with store.unit_of_work() as uow:
        uow.deliveries.release_resolved_holds()
        uow.commit()


def test_they_join_their_case_in_order_and_leave_with_it(store: Postgres) -> None:
    imported(store)
    taken_in(store, as_written("late", "300417", 5), hold=None)
    spellings = [
        "0300417",
        " 300417",
        "+300417",
        "\uff13\uff10\uff10\uff14\uff11\uff17",
        "\u0663\u0660\u0660417",
    ]
    taken_in(store, *[as_written(f"m-{n}", case, n) for n, case in enumerate(spellings)])
    with store.unit_of_work() as uow:
        uow.deliveries.hold_for_import("north", "0300417", "SmartAdvocate does not know case 0300417")
        uow.commit()
    migrated(store)
    released(store)
    [lane] = store.claim("worker", lanes=5)
    assert lane.case_integration_id == "300417"
    assert [d.subject_id for d in lane.deliveries] == ["m-0", "m-1", "m-2", "m-3", "m-4", "late"]
    assert store.rows(
        "select count(*) from lanes where held_for is not null or ready_at < now() - '1 d'::interval"
    ) == [(0,)]


def test_where_the_case_is_not_here_its_import_is_tried_under_its_own_id(store: Postgres) -> None:
    taken_in(store, as_written("m-1", "000300999"))
    migrated(store)
    with store.unit_of_work() as uow:
        assert uow.deliveries.take_waiting_cases("north", pace=ImportPace(), limit=5) == ["300999"]


def test_what_is_no_number_or_is_delivered_or_failed_stays_or_moves_as_it_is(store: Postgres) -> None:
    taken_in(store, *[as_written(f"odd-{n}", case) for n, case in enumerate(["A-17", "3.0E5", "0", "30 04"])])
    taken_in(store, as_written("failed", "0300417"), as_written("done", "0300418"), hold=None)
    store.rows(
        "update deliveries set state = 'failed', reason = 'rejected' where subject_id = 'failed' returning 1"
    )
    store.rows("update deliveries set state = 'delivered' where subject_id = 'done' returning 1")
    migrated(store)
    assert [(subject, case, state) for subject, case, state, _ in store.rows(STATES)] == [
        ("odd-0", "A-17", "pending"),
        ("odd-1", "3.0E5", "pending"),
        ("odd-2", "0", "pending"),
        ("odd-3", "30 04", "pending"),
        ("failed", "300417", "failed"),
        ("done", "0300418", "delivered"),
    ]


def test_a_worker_that_holds_a_lane_meanwhile_keeps_what_it_has_begun(store: Postgres) -> None:
    imported(store)
    taken_in(store, as_written("under way", "300417"), hold=None)
    [lane] = store.claim("worker", lanes=5)
    taken_in(store, as_written("waits", "0300417", 1))
    migrated(store)
    owner = store.owner("worker")
    attempt = Attempt(lane.deliveries[0], DeliveryState.DELIVERED, datetime.now(UTC), stored_id="9")
    with store.unit_of_work() as uow:
        assert uow.deliveries.record(owner, [attempt]) == []
        uow.deliveries.release("north", EventKind.MESSAGE_SENT, owner, ["300417"])
        uow.commit()
    released(store)
    [lane] = store.claim("worker", lanes=5)
    assert [d.subject_id for d in lane.deliveries] == ["waits"]
