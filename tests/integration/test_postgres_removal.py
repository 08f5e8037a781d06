"""Removal in Postgres: beside others who work, and seen from outside."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from adapters.postgres.records.upkeep import PostgresUpkeep
from bootstrap.application import Application
from bootstrap.secret import Secret
from bootstrap.settings import Settings
from core.actor import SYSTEM
from core.delivery import Attempt, DeliveryState
from core.errors import TransientError
from core.event import EventKind
from core.issue import IssueKind
from core.letter import LetterKind, NewLetter, News
from core.ports.inbox import Recorded
from core.reason import Reason
from core.retention import Growing, Retention
from core.usecases.remove_old import RemoveOld
from tests.fakes.samples import a_message
from tests.integration.postgres_support import WITHIN_S, Postgres, beside, postgres

AGE = "update deliveries set delivered_at = now() - interval '200 days', purged_at = now()"


@pytest.fixture
def store(migrated_database_url: str) -> Iterator[Postgres]:
    with postgres(migrated_database_url) as store:
        store.connect_firm()
        yield store


def old_ones(store: Postgres, number: int) -> None:
    """Store messages that were delivered long ago."""
    events = [a_message(f"m-{n}", case_integration_id=str(n + 1)) for n in range(number)]
    with store.unit_of_work() as uow:
        uow.inbox.record(events)
        uow.commit()
    store.add(*events)
    owner = store.owner()
    lanes = store.claim("worker")
    with store.unit_of_work() as uow:
        now = store.rows("select now()")[0][0]
        uow.deliveries.record(
            owner,
            [
                Attempt(one, DeliveryState.DELIVERED, now, stored_id=f"n-{one.subject_id}")
                for lane in lanes
                for one in lane.deliveries
            ],
        )
        cases = [lane.case_integration_id for lane in lanes]
        uow.deliveries.release("north", EventKind.MESSAGE_SENT, owner, cases)
        uow.commit()
    with store.pool.connection() as connection:
        connection.execute(AGE)


def test_an_event_that_comes_again_while_its_delivery_goes_is_known(store: Postgres) -> None:
    old_ones(store, 3)

    def again() -> list[Recorded]:
        with store.unit_of_work() as other:
            verdicts = other.inbox.record([a_message("m-1", case_integration_id="2"), a_message("m-9")])
            other.commit()
        return verdicts

    with store.unit_of_work() as uow:
        assert uow.removal.remove(Growing.DELIVERED, timedelta(days=180), 10).number == 3
        with beside(again) as coming:
            store.wait_until_blocked()  # for the batch, which is short
            uow.commit()
            assert coming.result(WITHIN_S) == [Recorded.REPEATED, Recorded.NEW]
    assert again() == [Recorded.REPEATED, Recorded.REPEATED]
    assert store.rows("select count(*) from deliveries") == [(0,)]
    [row] = store.rows("select event_id, source, digest <> '', stored_id from inbox where subject_id = 'm-1'")
    assert row == (None, None, True, "n-m-1")


def test_what_somebody_has_in_hand_is_passed_over(store: Postgres) -> None:
    old_ones(store, 3)
    remove = RemoveOld(lambda _: store.unit_of_work(), Retention())
    with store.pool.connection() as connection:
        connection.execute("select from deliveries where subject_id = 'm-1' for update")
        assert remove.batch(SYSTEM, Growing.DELIVERED).number == 2
        connection.rollback()
    remove.from_the_start(SYSTEM)
    assert remove.batch(SYSTEM, Growing.DELIVERED).number == 1


def test_one_process_at_a_time_removes_of_one_thing(store: Postgres) -> None:
    old_ones(store, 1)
    remove = RemoveOld(lambda _: store.unit_of_work(), Retention())
    with store.unit_of_work() as other:
        assert other.removal.begin(Growing.DELIVERED)
        assert remove.batch(SYSTEM, Growing.DELIVERED).number == 0
        assert remove.batch(SYSTEM, Growing.RUNS).is_over
    assert remove.batch(SYSTEM, Growing.DELIVERED).number == 1


def test_an_issue_that_is_over_goes_with_what_was_told_of_it(store: Postgres) -> None:
    with store.unit_of_work() as uow:
        for key in ("open", "over"):
            uow.issues.open("north", IssueKind.SYNC_FAILED, key, "it failed")
        numbers = {issue.key: issue.number for issue in uow.issues.list_open(SYSTEM.firms)}
        news = [News(number, "north", "a@example.com") for number in numbers.values()]
        uow.letters.write(NewLetter("north", "a@example.com", LetterKind.PROBLEMS, "1"), news)
        uow.issues.resolve("north", IssueKind.SYNC_FAILED, "over")
        uow.commit()
    with store.pool.connection() as connection:
        connection.execute("update issues set resolved_at = resolved_at - interval '400 days'")
    assert RemoveOld(lambda _: store.unit_of_work(), Retention()).batch(SYSTEM, Growing.ISSUES).number == 1
    assert store.rows("select key from issues") == [("open",)]
    assert store.rows("select issue_id from letter_issues") == [(numbers["open"],)]


def test_removal_that_has_fallen_behind_is_seen(store: Postgres, migrated_database_url: str) -> None:
    remove = RemoveOld(lambda _: store.unit_of_work(), Retention())
    for what in Growing:
        assert remove.batch(SYSTEM, what).is_over
    application = Application(Settings(database_url=Secret(migrated_database_url)))
    try:
        application.store.check_removal()
        assert max(PostgresUpkeep(store.pool).snapshot().removal_behind_s.values()) < 60
        with store.pool.connection() as connection:
            connection.execute(
                "update removals set reached_at = reached_at - interval '3 days' where name = 'delivered'"
            )
        behind = PostgresUpkeep(store.pool).snapshot().removal_behind_s
        assert behind["delivered"] == pytest.approx(3 * 86_400, abs=60)
        with pytest.raises(TransientError, match="delivered 3 d") as caught:
            application.store.check_removal()
        assert caught.value.reason is Reason.REMOVAL_BEHIND
    finally:
        application.close()
