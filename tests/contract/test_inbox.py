"""What the inbox promises (`core.ports.inbox.Inbox`)."""

import threading

from core.ports.inbox import Recorded, RejectedEvent
from core.reason import Reason
from tests.contract.stores import Store
from tests.fakes.samples import a_document, a_message

NEW, REPEATED, CONTRADICTS = Recorded.NEW, Recorded.REPEATED, Recorded.CONTRADICTS


def test_an_event_is_new_once_and_repeated_ever_after(store: Store) -> None:
    with store.unit_of_work() as uow:
        assert uow.inbox.record([a_message("m-1"), a_message("m-2")]) == [NEW, NEW]
        uow.commit()
    with store.unit_of_work() as uow:
        assert uow.inbox.record([a_message("m-2"), a_message("m-3")]) == [REPEATED, NEW]


def test_within_one_call_the_first_of_a_subject_counts(store: Store) -> None:
    events = [a_message("m-1"), a_message("m-1"), a_message("m-1", text="other"), a_message("m-2")]
    with store.unit_of_work() as uow:
        assert uow.inbox.record(events) == [NEW, REPEATED, CONTRADICTS, NEW]


def test_other_content_for_a_known_subject_contradicts_and_the_first_stands(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.inbox.record([a_message(text="first")])
        assert uow.inbox.record([a_message(text="second")]) == [CONTRADICTS]
        assert uow.inbox.record([a_message(text="first")]) == [REPEATED]
        assert uow.inbox.record([a_message(text="second")]) == [CONTRADICTS]


def test_a_subject_is_unique_within_its_firm_and_kind_only(store: Store) -> None:
    events = [
        a_message("x"),
        a_message("x", firm_id="south"),
        a_document("x"),
        a_message("X"),
        a_message("x "),
    ]
    with store.unit_of_work() as uow:
        assert uow.inbox.record(events) == [NEW] * 5


def test_recording_nothing_is_nothing(store: Store) -> None:
    with store.unit_of_work() as uow:
        assert uow.inbox.record([]) == []


def test_a_rolled_back_event_is_new_again(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.inbox.record([a_message()])
    with store.unit_of_work() as uow:
        assert uow.inbox.record([a_message()]) == [NEW]


def test_of_two_at_the_same_time_exactly_one_is_new(store: Store) -> None:
    """Whatever order two intakes bring the same events in: no deadlock, each event new once."""
    verdicts: list[list[Recorded]] = []
    together = threading.Barrier(2)
    events = [a_message(f"m-{n}") for n in range(200)]

    def intake(batch: list[int]) -> None:
        together.wait(timeout=10)
        with store.unit_of_work() as uow:
            found = uow.inbox.record([events[n] for n in batch])
            uow.commit()
        verdicts.append([verdict for _, verdict in sorted(zip(batch, found, strict=True))])

    threads = [
        threading.Thread(target=intake, args=(order,)) for order in (list(range(200)), list(range(200))[::-1])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert [sorted(pair) for pair in zip(*verdicts, strict=True)] == [sorted([NEW, REPEATED])] * 200


def test_events_set_aside_are_kept_with_their_reason_and_body(store: Store) -> None:
    bad = [
        RejectedEvent("message-sent", Reason.MALFORMED, "the body is not JSON", 3, b"\x00\xff{"),
        RejectedEvent("http", Reason.OVERSIZED, "the event has 300000 bytes", 300_000, None),
    ]
    with store.unit_of_work() as uow:
        uow.inbox.set_aside(bad)
        uow.inbox.set_aside(bad[:1])
        uow.commit()
    assert list(store.rejected()) == [*bad, bad[0]]


def test_setting_nothing_aside_is_nothing(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.inbox.set_aside([])
        uow.commit()
    assert list(store.rejected()) == []
