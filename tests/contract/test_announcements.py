"""What the outbox promises of what was announced (`core.ports.outbox.Outbox`)."""

from collections.abc import Sequence
from datetime import timedelta

from core.actor import ALL_FIRMS, Actor, Role
from core.announced import Announced
from core.announcement import Announcement, AnnouncementKind
from tests.contract.stores import Store

SYNCED, WRITTEN = AnnouncementKind.MESSAGE_SYNCED, AnnouncementKind.MESSAGE_WRITTEN
NORTH, SOUTH = frozenset({"north"}), frozenset({"south"})


def announce(store: Store, *told: tuple[str, str], kind: AnnouncementKind = SYNCED) -> None:
    with store.unit_of_work() as uow:
        uow.outbox.announce([Announcement(kind, firm, case, {"text": "Hello"}) for firm, case in told])
        uow.commit()


def publish(store: Store, number: int = 100) -> None:
    with store.outbox_reader().window(number) as window:
        window.mark_published([row.row_id for row in reversed(window.rows)])


def cases(found: Sequence[Announced]) -> list[str]:
    return [told.subject for told in found]


def test_they_have_a_place_from_their_publication_on_in_the_order_of_the_exchange(store: Store) -> None:
    announce(store, ("north", "1"), ("south", "2"), ("north", "3"))
    with store.unit_of_work() as uow:
        assert uow.outbox.behind(ALL_FIRMS, 0, 10) == []
        assert uow.outbox.last_place(ALL_FIRMS) == 0
    publish(store, 2)
    announce(store, ("north", "4"))
    publish(store)
    with store.unit_of_work() as uow:
        everything = uow.outbox.behind(ALL_FIRMS, 0, 10)
        assert cases(everything) == ["1", "2", "3", "4"]
        assert cases(uow.outbox.behind(NORTH, 0, 10)) == ["1", "3", "4"]
        assert cases(uow.outbox.behind(NORTH | SOUTH, everything[1].place or 0, 1)) == ["3"]
        assert uow.outbox.behind(frozenset(), 0, 10) == []
        assert uow.outbox.last_place(ALL_FIRMS) == everything[3].place
        assert uow.outbox.last_place(SOUTH) == everything[1].place
        assert uow.outbox.last_place(frozenset()) == 0
    first = everything[0]
    assert (first.kind, first.firm_id, first.event["type"]) == ("message-synced", "north", "message-synced")
    assert first.event["data"] == {"text": "Hello", "firm_id": "north"}
    assert first.published_at is not None
    assert abs(first.published_at - store.now()) < timedelta(minutes=1)


def test_the_newest_come_first_and_can_be_had_of_a_firm_a_kind_or_a_case(store: Store) -> None:
    announce(store, ("north", "1"), ("north", "2"), ("south", "1"))
    announce(store, ("north", "1"), ("north", ""), kind=WRITTEN)
    publish(store)
    with store.unit_of_work() as uow:
        told = uow.outbox
        newest = told.newest(ALL_FIRMS, limit=10)
        assert cases(newest) == ["", "1", "1", "2", "1"]
        assert cases(told.newest(ALL_FIRMS, before=newest[1].place, limit=2)) == ["1", "2"]
        assert cases(told.newest(NORTH, kind="message-written", limit=10)) == ["", "1"]
        assert cases(told.newest(NORTH, subject="1", limit=10)) == ["1", "1"]
        assert cases(told.newest(NORTH, subject="1", kind="message-synced", limit=10)) == ["1"]
        assert cases(told.newest(ALL_FIRMS, subject="1", limit=10)) == ["1", "1", "1"]
        assert told.newest(NORTH, subject="9", limit=10) == []


def test_one_that_is_sent_again_is_published_once_more_with_the_same_id_and_a_new_place(store: Store) -> None:
    announce(store, ("north", "1"), ("north", "2"))
    publish(store)
    with store.unit_of_work() as uow:
        first, second = uow.outbox.behind(ALL_FIRMS, 0, 10)
        assert uow.outbox.send_again(first.number)
        assert not uow.outbox.send_again(first.number)
        assert not uow.outbox.send_again(999_999)
        waiting = uow.outbox.get(first.number)
        assert waiting is not None
        assert (waiting.place, waiting.published_at, waiting.event) == (None, None, first.event)
        assert uow.outbox.get(999_999) is None
        uow.commit()
    publish(store)
    with store.unit_of_work() as uow:
        behind = uow.outbox.behind(ALL_FIRMS, second.place or 0, 10)
        assert [told.event for told in behind] == [first.event]


def test_a_job_is_no_announcement(store: Store) -> None:
    from core.schedule import JobName

    with store.unit_of_work() as uow:
        uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
        uow.commit()
    with store.outbox_reader().window(10) as window:
        [job] = window.rows
        window.mark_published([job.row_id])
    with store.unit_of_work() as uow:
        assert uow.outbox.behind(ALL_FIRMS, 0, 10) == []
        assert uow.outbox.get(job.row_id) is None
        assert not uow.outbox.send_again(job.row_id)


def test_what_staff_wrote_goes_in_time_and_that_it_was_announced_stays(store: Store) -> None:
    announce(store, ("north", "1"), ("north", "2"), kind=WRITTEN)
    announce(store, ("north", "3"))
    publish(store)
    store.let_time_pass(timedelta(hours=2))
    announce(store, ("north", "4"), kind=WRITTEN)
    publish(store)
    with store.unit_of_work() as uow:
        assert uow.outbox.remove_texts(timedelta(hours=1), 1) == 1
        assert uow.outbox.remove_texts(timedelta(hours=1), 10) == 1
        assert uow.outbox.remove_texts(timedelta(hours=1), 10) == 0
        texts = [(t.subject, t.has_text, t.event["data"]["text"]) for t in uow.outbox.behind(ALL_FIRMS, 0, 9)]
    assert texts == [("1", False, None), ("2", False, None), ("3", True, "Hello"), ("4", True, "Hello")]


def test_a_person_sees_its_own_firms_alone_whatever_is_asked_for(store: Store) -> None:
    if store.serial:
        return  # row-level security is the database's own
    announce(store, ("north", "1"), ("south", "2"))
    publish(store)
    with store.unit_of_work(Actor("tom", Role.FIRM_ADMIN, NORTH)) as uow:
        assert cases(uow.outbox.behind(ALL_FIRMS, 0, 10)) == ["1"]
        assert cases(uow.outbox.newest(SOUTH, limit=10)) == []
        [number] = [told.number for told in uow.outbox.behind(ALL_FIRMS, 0, 10)]
        assert uow.outbox.get(number + 1) is None
        assert not uow.outbox.send_again(number + 1)
        assert uow.outbox.send_again(number)
