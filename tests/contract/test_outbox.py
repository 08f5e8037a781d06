"""What the outbox and its reader promise of what waits to be published (`core.ports.outbox`)."""

import json
import threading

import pytest

from core.actor import ALL_FIRMS
from core.announcement import Announcement, AnnouncementKind
from core.outbox_row import OutboxRow
from core.ports.tries import SET_ASIDE_FOR, TRIES
from core.schedule import JobName
from tests.contract.stores import Store

SYNCED = AnnouncementKind.MESSAGE_SYNCED


def announce(store: Store, *subjects: str) -> None:
    with store.unit_of_work() as uow:
        uow.outbox.announce([Announcement(SYNCED, "north", subject, {"n": 1}) for subject in subjects])
        uow.commit()


def take(store: Store, limit: int = 100) -> list[OutboxRow]:
    with store.outbox_reader().window(limit) as window:
        window.mark_published([row.row_id for row in window.rows])
        return list(window.rows)


def subjects(rows: list[OutboxRow]) -> list[str]:
    return [json.loads(row.body)["subject"] for row in rows]


def test_an_announcement_is_a_cloud_event_with_its_firm(store: Store) -> None:
    data = {"note_id": "n-1", "text": "ünï\u0000 \ud800", "list": [1, None]}
    with store.unit_of_work() as uow:
        uow.outbox.announce([Announcement(SYNCED, "north", "300417", data)])
        uow.outbox.announce([Announcement(AnnouncementKind.CONNECTION_LOST, "north")])
        uow.commit()
    first, second = take(store)
    assert (first.queue, first.kind) == (None, "message-synced")
    event = json.loads(first.body)
    assert (event["specversion"], event["type"], event["subject"]) == ("1.0", "message-synced", "300417")
    assert event["data"] == {**data, "firm_id": "north"}
    assert event["source"]
    assert event["time"]
    other = json.loads(second.body)
    assert "subject" not in other
    assert event["id"] != other["id"]


def failed(store: Store, *row_ids: int) -> None:
    with store.outbox_reader().window(100) as window:
        window.mark_failed(row_ids)


def test_a_row_that_fails_so_often_is_set_aside_for_a_while_and_told_of_until_it_is_out(store: Store) -> None:
    announce(store, "bad", "good")
    with store.unit_of_work() as uow:
        uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
        uow.commit()
    with store.outbox_reader().window(10) as window:
        bad, good, job = window.rows
    for _ in range(TRIES - 1):
        failed(store, bad.row_id, job.row_id)
    assert told(store) == []
    failed(store, bad.row_id, job.row_id)
    assert [row.row_id for row in take(store)] == [good.row_id]
    assert told(store) == [("north", "announcement_not_out", str(bad.row_id))]
    assert not store.outbox_reader().wait(0.01)
    store.let_time_pass(SET_ASIDE_FOR)
    assert [row.row_id for row in take(store)] == [bad.row_id, job.row_id]
    assert told(store) == []


def test_a_person_gives_all_of_a_firm_a_try_and_what_was_told_of_ends_when_it_is_out(store: Store) -> None:
    announce(store, "bad")
    with store.unit_of_work() as uow:
        uow.outbox.announce([Announcement(SYNCED, "south", "other")])
        uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
        uow.commit()
    with store.outbox_reader().window(10) as window:
        bad, other, job = window.rows
    for _ in range(TRIES):
        failed(store, bad.row_id, other.row_id, job.row_id)
    assert take(store) == []

    def resume() -> None:
        with store.unit_of_work() as uow:
            uow.outbox.give_all_a_try("north")
            uow.commit()

    resume()
    failed(store, bad.row_id, job.row_id)
    assert [row.row_id for row in take(store)] == [job.row_id], "it has tries anew, and the announcement one"
    resume()
    assert ("north", "announcement_not_out", str(bad.row_id)) in told(store)
    assert [row.row_id for row in take(store)] == [bad.row_id]
    assert told(store) == [("south", "announcement_not_out", str(other.row_id))]


def told(store: Store) -> list[tuple[str, str, str]]:
    with store.unit_of_work() as uow:
        return [(issue.firm_id, issue.kind, issue.key) for issue in uow.issues.list_open(ALL_FIRMS)]


def test_rows_come_in_the_order_in_which_they_were_stored(store: Store) -> None:
    announce(store, "1", "2")
    announce(store, "3")
    with store.unit_of_work() as uow:
        uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
        uow.commit()
    announce(store, "4")
    rows = take(store)
    assert [row.kind or row.queue for row in rows] == [
        *["message-synced"] * 3,
        "sync-messages",
        "message-synced",
    ]
    assert subjects([row for row in rows if row.kind]) == ["1", "2", "3", "4"]


def test_a_window_is_bounded_and_the_next_goes_on(store: Store) -> None:
    announce(store, *"12345")
    assert subjects(take(store, 2)) == ["1", "2"]
    assert subjects(take(store, 2)) == ["3", "4"]
    assert subjects(take(store, 2)) == ["5"]
    assert take(store, 2) == []


def test_rows_that_are_not_marked_come_again(store: Store) -> None:
    announce(store, *"123")
    with store.outbox_reader().window(10) as window:
        window.mark_published([window.rows[1].row_id])
        window.mark_published([])
    assert subjects(take(store)) == ["1", "3"]


def test_marks_hold_only_when_the_window_closes_without_an_error(store: Store) -> None:
    announce(store, "1")

    def fails_half_way() -> None:
        with store.outbox_reader().window(10) as window:
            window.mark_published([row.row_id for row in window.rows])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_half_way()
    assert subjects(take(store)) == ["1"]


def test_while_one_relay_is_at_work_another_sees_nothing(store: Store) -> None:
    announce(store, "1", "2")
    with store.outbox_reader().window(1) as mine:
        assert len(mine.rows) == 1
        with store.outbox_reader().window(1) as other:
            assert list(other.rows) == []
    assert subjects(take(store)) == ["1", "2"]


def test_rows_added_while_a_window_is_open_belong_to_the_next(store: Store) -> None:
    announce(store, "1")
    with store.outbox_reader().window(10) as window:
        announce(store, "2")
        assert len(window.rows) == 1
        window.mark_published([row.row_id for row in window.rows])
    assert subjects(take(store)) == ["2"]


def test_what_is_rolled_back_is_never_announced(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.outbox.announce([Announcement(SYNCED, "north", "1")])
        uow.outbox.announce([])
    assert take(store) == []


def test_waiting_ends_when_a_row_is_added(store: Store) -> None:
    reader = store.outbox_reader()
    assert reader.wait(0.05) is False
    woken: list[bool] = []
    waiting = threading.Thread(target=lambda: woken.append(reader.wait(20)))
    waiting.start()
    announce(store, "1")
    waiting.join(timeout=20)
    assert woken == [True]


def test_a_row_added_between_two_waits_is_not_slept_through(store: Store) -> None:
    reader = store.outbox_reader()
    reader.wait(0.01)
    announce(store, "1")
    assert reader.wait(20) is True


def test_a_row_that_was_there_before_the_first_wait_wakes_it(store: Store) -> None:
    announce(store, "1")
    assert store.outbox_reader().wait(20) is True


def test_what_is_rolled_back_wakes_nobody(store: Store) -> None:
    reader = store.outbox_reader()
    reader.wait(0.01)
    with store.unit_of_work() as uow:
        uow.outbox.announce([Announcement(SYNCED, "north", "1")])
        uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
    assert reader.wait(0.1) is False


def test_a_wake_up_that_is_lost_costs_no_more_than_the_next_look(store: Store) -> None:
    reader = store.outbox_reader()
    reader.wait(0.01)
    store.lose_wake_ups()
    announce(store, "1")
    assert reader.wait(20) is True


def test_what_is_to_be_sent_again_wakes_the_relay(store: Store) -> None:
    announce(store, "1")
    reader = store.outbox_reader()
    [row] = take(store)
    reader.wait(0.01)
    with store.unit_of_work() as uow:
        assert uow.outbox.send_again(row.row_id)
        uow.commit()
    assert reader.wait(20) is True


def test_a_job_wakes_the_relay_too(store: Store) -> None:
    reader = store.outbox_reader()
    reader.wait(0.01)
    with store.unit_of_work() as uow:
        uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
        uow.commit()
    assert reader.wait(20) is True
