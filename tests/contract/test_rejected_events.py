"""What is promised of events that were set aside (`core.ports.inbox.Inbox`)."""

from collections.abc import Sequence
from datetime import timedelta

from core.ports.inbox import RejectedEvent, RejectedSummary
from core.reason import Reason
from tests.contract.stores import Store

KEPT = RejectedEvent("message-sent", Reason.MALFORMED, "the body is not JSON", 3, b"\x00\xff{")
TOO_LARGE = RejectedEvent("http", Reason.OVERSIZED, "too large", 300_000, None)


def set_aside(store: Store, *events: RejectedEvent) -> list[int]:
    """Set them aside; all ids there are, oldest first."""
    with store.unit_of_work() as uow:
        uow.inbox.set_aside(events)
        uow.commit()
    return [row.event_id for row in reversed(find(store))]


def find(store: Store, limit: int = 10, *, with_replayed: bool = False) -> list[RejectedSummary]:
    with store.unit_of_work() as uow:
        return list(uow.inbox.rejected(limit, with_replayed=with_replayed))


def test_they_are_listed_newest_first_without_their_bodies(store: Store) -> None:
    set_aside(store, KEPT, TOO_LARGE)
    newest, oldest = find(store)
    assert (newest.channel, newest.reason, newest.size, newest.replayable) == (
        "http",
        "oversized",
        300_000,
        False,
    )
    assert (oldest.channel, oldest.detail, oldest.replayable) == (
        "message-sent",
        "the body is not JSON",
        True,
    )
    assert abs(oldest.received_at - store.now()) < timedelta(minutes=1)
    assert [row.channel for row in find(store, limit=1)] == ["http"]


def test_what_was_kept_can_be_replayed_and_is_then_listed_only_if_asked_for(store: Store) -> None:
    kept, _ = set_aside(store, KEPT, TOO_LARGE)
    with store.unit_of_work() as uow:
        [body] = uow.inbox.replayable(after=0, limit=10)
        assert (body.event_id, body.channel, body.body) == (kept, "message-sent", KEPT.body)
        assert "ff" not in repr(body)
        uow.inbox.mark_replayed(kept)
        uow.commit()
    with store.unit_of_work() as uow:
        assert uow.inbox.replayable(after=0, limit=10) == []
    assert [row.channel for row in find(store)] == ["http"]
    assert [row.replayed_at is None for row in find(store, with_replayed=True)] == [True, False]


def test_bodies_come_by_number_in_batches_or_by_name(store: Store) -> None:
    ids = set_aside(store, KEPT, KEPT, KEPT)
    with store.unit_of_work() as uow:
        events = uow.inbox
        assert [body.event_id for body in events.replayable(after=0, limit=2)] == ids[:2]
        assert [body.event_id for body in events.replayable(after=ids[1], limit=2)] == ids[2:]
        assert [body.event_id for body in events.replayable(after=0, limit=9, event_ids=[ids[1], 0])] == [
            ids[1]
        ]


def test_one_that_is_still_refused_is_kept_with_the_new_reason(store: Store) -> None:
    [kept] = set_aside(store, KEPT)
    with store.unit_of_work() as uow:
        uow.inbox.explain(kept, Reason.FOREIGN, "specversion must be '1.0'")
        uow.commit()
    [row] = find(store)
    assert (row.reason, row.detail, row.replayable) == ("foreign", "specversion must be '1.0'", True)


def test_numbers_that_no_event_has_are_told_apart_from_those_that_were_replayed(store: Store) -> None:
    kept, too_large = set_aside(store, KEPT, TOO_LARGE)
    with store.unit_of_work() as uow:
        uow.inbox.mark_replayed(kept)
        assert uow.inbox.set_aside_among([kept, too_large, 999_999]) == {kept, too_large}
        assert uow.inbox.set_aside_among([]) == set()


def test_what_nobody_has_decided_on_is_told_in_groups(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.inbox.set_aside(
            [
                RejectedEvent("http", Reason.MALFORMED, "no", 4, b"{}"),
                RejectedEvent("http", Reason.MALFORMED, "no", 4, b"[]"),
                RejectedEvent("message-sent", Reason.OVERSIZED, "no", 4_000_000, None),
            ]
        )
        uow.commit()
    with store.unit_of_work() as uow:
        many, one = uow.inbox.rejected_groups()
        newest = uow.inbox.rejected(10)[0].event_id
        assert [row.event_id for row in uow.inbox.rejected(10, reason=Reason.MALFORMED)] == [
            newest - 1,
            newest - 2,
        ]
        assert [row.event_id for row in uow.inbox.rejected(1, before=newest)] == [newest - 1]
    assert (many.channel, many.reason, many.number, many.replayable) == ("http", Reason.MALFORMED, 2, 2)
    assert (one.reason, one.number, one.replayable, one.newest) == (Reason.OVERSIZED, 1, 0, newest)


def test_events_that_are_given_up_lose_their_bytes_and_keep_their_reason(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.inbox.set_aside([RejectedEvent("http", Reason.MALFORMED, "no", 4, b"{}") for _ in range(3)])
        uow.commit()
    with store.unit_of_work() as uow:
        newest, middle, oldest = (row.event_id for row in uow.inbox.rejected(10))

        def discard(limit: int) -> Sequence[int]:
            reason = Reason.MALFORMED
            return uow.inbox.discard("not ours", event_ids=None, reason=reason, newest=middle, limit=limit)

        assert discard(1) == [oldest]
        assert discard(10) == [middle]
        assert discard(10) == []
        uow.commit()
    with store.unit_of_work() as uow:
        assert [row.event_id for row in uow.inbox.rejected(10)] == [newest]
        assert [body.event_id for body in uow.inbox.replayable(after=0, limit=10)] == [newest]
        _, given_up, _ = uow.inbox.rejected(10, with_replayed=True)
    assert (given_up.reason, given_up.replayable, given_up.discarded_why) == (
        Reason.MALFORMED,
        False,
        "not ours",
    )
    assert given_up.discarded_at is not None
