"""The inbox under concurrency: of two that record one subject, exactly one has it new."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from core.event import UpstreamEvent
from core.ports.deliveries import NewDelivery
from core.ports.inbox import Recorded
from tests.fakes.samples import a_document, a_message
from tests.integration.postgres_support import WITHIN_S, Postgres, all_at_once, beside, postgres


@pytest.fixture
def store(migrated_database_url: str) -> Iterator[Postgres]:
    with postgres(migrated_database_url) as store:
        yield store


def record(store: Postgres, events: list[UpstreamEvent]) -> list[Recorded]:
    with store.unit_of_work() as uow:
        verdicts = uow.inbox.record(events)
        new = [e for e, v in zip(events, verdicts, strict=True) if v is Recorded.NEW]
        uow.deliveries.add([NewDelivery(event) for event in new])
        uow.commit()
    return verdicts


def test_of_two_intakes_with_the_same_event_one_has_it_new_after_waiting_for_the_other(
    store: Postgres,
) -> None:
    with store.unit_of_work() as first:
        assert first.inbox.record([a_message()]) == [Recorded.NEW]
        with beside(partial(record, store, [a_message()])) as second:
            store.wait_until_blocked()
            first.commit()
            assert second.result(WITHIN_S) == [Recorded.REPEATED]


def test_an_event_whose_first_recording_was_rolled_back_is_new(store: Postgres) -> None:
    with store.unit_of_work() as first:
        first.inbox.record([a_message()])
        with beside(partial(record, store, [a_message()])) as second:
            store.wait_until_blocked()
            first.__exit__(None, None, None)
            assert second.result(WITHIN_S) == [Recorded.NEW]


def test_intakes_with_the_same_events_in_opposite_orders_do_not_deadlock(store: Postgres) -> None:
    events = [a_message(f"m-{n}", case_integration_id=f"case-{n % 7}") for n in range(200)]
    for begin in range(0, 200, 50):
        part = events[begin : begin + 50]
        one, two = all_at_once(partial(record, store, part), partial(record, store, part[::-1]))
        new = [Recorded.NEW] * 50
        assert sorted(one + two) == sorted(new + [Recorded.REPEATED] * 50)
    assert store.rows("select count(*) from deliveries") == [(200,)]


def test_verdicts_keep_the_order_of_the_events_and_count_earlier_ones_of_the_call(store: Postgres) -> None:
    record(store, [a_message("known")])
    other = replace(a_message("m-1"), digest="other")
    verdicts = record(
        store,
        [
            a_message("m-1"),
            a_message("known"),
            other,
            a_message("m-1"),
            a_document("m-1"),
            a_message("m-1", firm_id="south"),
            replace(a_message("known"), digest="other"),
        ],
    )
    assert verdicts == [
        Recorded.NEW,
        Recorded.REPEATED,
        Recorded.CONTRADICTS,
        Recorded.REPEATED,
        Recorded.NEW,
        Recorded.NEW,
        Recorded.CONTRADICTS,
    ]


@pytest.mark.parametrize(
    "text", ["👩🏽‍⚖️ é ﷺ \u202e", '"quoted" \\ back\\slash\\n', "{a,b},NULL", "\u0001\u001f\ufffe"]
)
def test_odd_text_comes_back_as_it_was(store: Postgres, text: str) -> None:
    event = a_message(text=text, firm_id="north", sender_name=text, message_id=text)
    record(store, [event])
    lane = store.claim("worker")[0]
    assert (lane.deliveries[0].content, lane.deliveries[0].subject_id) == (event.content, text)
