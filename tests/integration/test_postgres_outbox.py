"""The relay's side: one relay at a time, nothing marked that was not published, woken by commits."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest

from adapters.postgres.outbox.outbox_reader import PostgresOutboxReader
from core.announcement import Announcement, AnnouncementKind
from core.errors import TransientError
from core.retention import Growing
from core.schedule import JobName
from tests.integration.postgres_support import WITHIN_S, Postgres, all_at_once, beside, postgres
from tests.servers import eventually


@pytest.fixture
def store(migrated_database_url: str) -> Iterator[Postgres]:
    with postgres(migrated_database_url) as store:
        yield store


@pytest.fixture
def reader(store: Postgres) -> Iterator[PostgresOutboxReader]:
    reader = PostgresOutboxReader(store.pool)
    yield reader
    reader.close()


def announce(store: Postgres, *subjects: str) -> None:
    with store.unit_of_work() as uow:
        uow.outbox.announce([Announcement(AnnouncementKind.CASE_UPDATED, "north", s) for s in subjects])
        uow.commit()


def subjects(reader: PostgresOutboxReader, limit: int = 100) -> list[str]:
    with reader.window(limit) as window:
        return [json.loads(row.body)["subject"] for row in window.rows]


def listening(store: Postgres) -> bool:
    """Tell whether the reader has looked for rows and now waits for a notification."""
    return bool(
        store.rows(
            """
            select from pg_stat_activity
            where application_name = 'casebridge-test-listener' and state = 'idle'
              and starts_with(query, 'select')
            """
        )
    )


def test_relays_at_once_publish_every_row_once_and_in_order(store: Postgres) -> None:
    announce(store, *[f"{n:03}" for n in range(300)])
    published: list[int] = []

    def relay() -> None:
        reader, deadline = PostgresOutboxReader(store.pool), time.monotonic() + WITHIN_S
        while time.monotonic() < deadline and len(published) < 300:
            with reader.window(20) as window:
                published.extend(row.row_id for row in window.rows)
                window.mark_published([row.row_id for row in window.rows])

    all_at_once(*[relay] * 4)
    assert len(published) == 300
    assert published == sorted(set(published))


def test_a_window_that_ends_in_an_error_marks_nothing(store: Postgres, reader: PostgresOutboxReader) -> None:
    announce(store, "a", "b")

    def publish() -> None:
        with reader.window(10) as window:
            window.mark_published([row.row_id for row in window.rows])
            raise TransientError("the broker went away")

    with pytest.raises(TransientError):
        publish()
    assert subjects(reader) == ["a", "b"]


def test_only_confirmed_rows_are_marked(store: Postgres, reader: PostgresOutboxReader) -> None:
    announce(store, "a", "b", "c")
    with reader.window(10) as window:
        window.mark_published([window.rows[1].row_id])
    assert subjects(reader) == ["a", "c"]


def test_the_relay_is_woken_by_the_commit_and_not_before(
    store: Postgres, reader: PostgresOutboxReader
) -> None:
    with store.unit_of_work() as uow, beside(partial(reader.wait, WITHIN_S)) as woken:
        uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
        eventually(partial(listening, store))
        assert not woken.done()
        uow.commit()
        assert woken.result(WITHIN_S) is True


def test_rows_added_before_the_first_wait_are_noticed(store: Postgres, reader: PostgresOutboxReader) -> None:
    announce(store, "a")
    assert reader.wait(WITHIN_S) is True


def test_rows_added_between_the_window_and_the_wait_are_noticed(
    store: Postgres, reader: PostgresOutboxReader
) -> None:
    assert reader.wait(0.01) is False
    assert subjects(reader) == []
    announce(store, "a")
    assert reader.wait(WITHIN_S) is True


def test_waiting_for_nothing_ends_in_time(reader: PostgresOutboxReader) -> None:
    began = time.monotonic()
    assert reader.wait(0.3) is False
    assert 0.3 <= time.monotonic() - began < 5


def test_waiting_survives_the_loss_of_its_connection(store: Postgres, reader: PostgresOutboxReader) -> None:
    reader.wait(0.01)
    with beside(partial(reader.wait, WITHIN_S)) as woken:
        ended = store.rows(
            """
            select pg_terminate_backend(pid) from pg_stat_activity
            where application_name = 'casebridge-test-listener'
            """
        )
        assert ended == [(True,)]
        announce(store, "a")
        assert woken.result(WITHIN_S) is True


def test_only_rows_published_long_enough_ago_are_removed(
    store: Postgres, reader: PostgresOutboxReader
) -> None:
    announce(store, "old", "fresh", "waiting")
    with reader.window(2) as window:
        window.mark_published([row.row_id for row in window.rows])
    with store.pool.connection() as connection:
        connection.execute("update outbox set created_at = created_at - interval '2 days'")
        connection.execute(
            "update outbox set published_at = now() - interval '2 days' where body like '%old%'"
        )
    with store.unit_of_work() as uow:
        assert uow.removal.remove(Growing.OUTBOX, timedelta(days=1), 10).number == 1
        uow.commit()
    assert store.rows("select body::json ->> 'subject' from outbox order by row_id") == [
        ("fresh",),
        ("waiting",),
    ]


def test_every_announcement_has_an_id_of_its_own_and_whatever_text_it_holds_is_kept(
    store: Postgres, reader: PostgresOutboxReader
) -> None:
    data = {"text": "line\nline \u0000 \ud800 👩🏽‍⚖️"}
    with store.unit_of_work() as uow:
        uow.outbox.announce([Announcement(AnnouncementKind.CASE_UPDATED, "north", "1", data)] * 3)
        uow.commit()
    with reader.window(10) as window:
        events = [json.loads(row.body) for row in window.rows]
    assert len({event["id"] for event in events}) == 3
    assert all(event["data"]["text"] == data["text"] for event in events)
