"""The paging neither misses a case nor reads without end, whatever changes while it reads."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import UnreadableAnswerError
from core.window import MAX_REQUESTS, Cursor, advance, window_for
from tests.unit.search_server import (
    LONG_AGO,
    RUN_STARTED,
    Drift,
    Order,
    SearchServer,
    cases_at,
    read_all,
)

WINDOW = window_for(RUN_STARTED, first=False)

# Few instants for many cases: groups that share one instant, often larger than a page.
instants = st.lists(st.integers(0, 6), max_size=40)
spread_instants = st.lists(st.integers(0, 10_000), max_size=60)
page_sizes = st.integers(1, 7)
drifts = st.lists(
    st.builds(
        Drift,
        changed=st.lists(st.integers(0, 60), max_size=12).map(tuple),
        created=st.integers(0, 9),
    ),
    max_size=40,
)


@given(
    instants | spread_instants, page_sizes, drifts, st.booleans(), st.sets(st.integers(0, 40), max_size=20)
)
@example([0] * 9, 3, [Drift(), Drift((0,))], False, set())  # one leaves between the group's first two pages
@example([0, 1, 2, 3, 4, 5], 2, [], False, {2, 3, 4})  # whole pages without a time that can be read
def test_every_case_is_seen_as_it_stood_when_the_last_request_began(
    minutes: list[int], page_size: int, changes: list[Drift], clamps: bool, blind: set[int]
) -> None:
    cases = cases_at(*minutes)
    unread = frozenset(name for place, name in enumerate(sorted(cases)) if place in blind)
    server = SearchServer(cases, page_size, clamps=clamps, blind=unread)
    reading = read_all(server, changes)
    assert reading.missed(reading.at_the_last_request, WINDOW.since) == set()


@given(
    st.lists(st.integers(0, 10_000), min_size=3, max_size=60),
    st.integers(2, 7),
    st.sampled_from([Order.ID, Order.NEWEST_FIRST]),
    st.booleans(),
    st.data(),
)
def test_a_server_that_does_not_sort_by_time_is_read_by_count_and_then_once_more_for_changes(
    minutes: list[int], page_size: int, order: Order, clamps: bool, data: st.DataObject
) -> None:
    # The first page must show that it is not sorted: that is how the server is known.
    minutes = sorted(minutes, reverse=order is Order.ID)
    minutes[0 if order is Order.ID else -1] = 10_001
    fewer_than_a_page = st.integers(0, page_size - 1)
    changes = data.draw(
        st.lists(
            st.builds(
                lambda changed, created: Drift(tuple(changed[: max(0, page_size - 1 - created)]), created),
                st.lists(st.integers(0, 60), max_size=page_size - 1),
                fewer_than_a_page,
            ),
            max_size=30,
        )
    )
    server = SearchServer(cases_at(*minutes), page_size, order, clamps)
    reading = read_all(server, [Drift(), *changes])
    assert reading.missed(reading.at_the_second_pass, WINDOW.since) == set()


def test_disorder_found_late_starts_the_reading_again_from_the_beginning() -> None:
    """The first page looks sorted by chance; what it led past must not be lost."""
    server = SearchServer(cases_at(10, 20, 90, 30, 40, 50, 99, 95, 60), 3, Order.ID)
    reading = read_all(server)
    assert reading.missed(server.cases, WINDOW.since) == set()


@pytest.mark.parametrize("number", [0, 1, 19, 20, 21, 1_000, 3_001])
@pytest.mark.parametrize("clamps", [False, True])
def test_a_quiet_server_is_asked_little_more_than_once_a_page(number: int, clamps: bool) -> None:
    server = SearchServer(cases_at(*range(number)), 20, clamps=clamps)
    reading = read_all(server)
    assert reading.seen == set(server.cases.items())
    assert len(server.requests) <= 1.1 * number / 20 + 20


@pytest.mark.parametrize("clamps", [False, True])
def test_a_group_larger_than_a_page_is_read_there_and_back_once(clamps: bool) -> None:
    server = SearchServer(cases_at(1, 2, *[3] * 1_000, 4, 5), 20, clamps=clamps)
    reading = read_all(server)
    assert reading.seen == set(server.cases.items())
    assert len(server.requests) <= 2 * 1_004 / 20 + 20


@pytest.mark.parametrize("clamps", [False, True])
@pytest.mark.parametrize("number", [21, 40, 500, 1_000, 5_000])
def test_the_end_of_a_large_group_is_found_in_few_steps(number: int, clamps: bool) -> None:
    server = SearchServer(cases_at(1, 2, *[3] * number, 4, 5), 20, clamps=clamps)
    reading = read_all(server)
    assert reading.seen == set(server.cases.items())
    assert len(server.requests) <= 1.1 * number / 20 + 20


@given(
    instants,
    st.integers(2, 7),
    st.sets(st.integers(0, 12), max_size=6),
    st.booleans(),
)
def test_a_page_that_is_answered_twice_hides_no_case(
    minutes: list[int], page_size: int, repeated: set[int], clamps: bool
) -> None:
    once_in_a_while = frozenset(3 * number for number in repeated)
    server = SearchServer(cases_at(*minutes), page_size, clamps=clamps, repeated=once_in_a_while)
    assert read_all(server).missed(server.cases, WINDOW.since) == set()


def test_a_server_that_caps_the_page_below_what_was_asked_is_read_to_the_end() -> None:
    server = SearchServer(cases_at(*range(500)), page_size=7)
    assert read_all(server).seen == set(server.cases.items())


def test_a_firm_without_cases_costs_one_request() -> None:
    server = SearchServer({}, 20)
    read_all(server)
    assert len(server.requests) == 1


def test_cases_that_change_while_the_run_reads_are_met_again_at_the_end() -> None:
    server = SearchServer(cases_at(*range(50)), 10)
    reading = read_all(server, [Drift(), Drift(changed=(0, 1, 2)), Drift(), Drift(created=2)])
    assert len({case for case, at in reading.seen if at and at > RUN_STARTED}) == 5


def test_a_search_without_end_is_given_up() -> None:
    cursor = replace(Cursor(WINDOW.since), requests=MAX_REQUESTS)
    with pytest.raises(UnreadableAnswerError, match="did not come to an end"):
        advance(cursor, [("case", LONG_AGO)], RUN_STARTED)


def test_the_memory_of_a_cursor_is_bounded_by_a_page() -> None:
    server = SearchServer(cases_at(*[1] * 300), 20)
    cursor: Cursor | None = Cursor(WINDOW.since)
    while cursor is not None:
        assert len(json.dumps(cursor.to_data())) < 20 * 20 + 500
        cursor = advance(cursor, server.page(cursor.since, WINDOW.until, cursor.page), RUN_STARTED)


def test_a_first_run_looks_back_ten_years_and_later_ones_thirty_days() -> None:
    ten_years = window_for(RUN_STARTED, first=True)
    assert (
        RUN_STARTED.replace(year=2016) - timedelta(days=1)
        <= ten_years.since
        <= RUN_STARTED.replace(year=2016)
    )
    assert WINDOW.since == RUN_STARTED - timedelta(days=30)


def test_the_window_ends_after_any_change_that_comes_while_the_run_reads() -> None:
    assert WINDOW.until >= RUN_STARTED + timedelta(hours=24)
