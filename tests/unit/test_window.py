"""The paging neither misses a case nor reads without end, whatever changes while it reads."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.cursor import Cursor
from core.errors import UnreadableAnswerError
from core.window import MAX_REQUESTS, Answer, advance, window_for
from tests.unit.search_server import (
    LONG_AGO,
    RUN_STARTED,
    Drift,
    Order,
    SearchServer,
    Totals,
    cases_at,
    read_all,
)

WINDOW = window_for(RUN_STARTED, first=False)


BULK = [*range(0, 6_000, 20), *[5_001] * 110, *[5_501] * 90]


@pytest.mark.parametrize("clamps", [False, True])
@pytest.mark.parametrize(
    ("order", "bound"),
    [
        (Order.TIME, 40),
        (Order.TIME_NEWEST_ID, 60),
        (Order.TIES_AT_RANDOM_BUT_BY_ID, 60),
        (Order.TIES_AT_RANDOM, 400),
        (Order.ID, 120),
        (Order.NEWEST_FIRST, 120),
        (Order.RANDOM, 1_000),
    ],
)
def test_a_bulk_change_larger_than_a_page_costs_a_bounded_number_of_requests(
    order: Order, bound: int, clamps: bool
) -> None:
    server = SearchServer(cases_at(*BULK), 40, order, clamps, cap=30, seed=1)
    if order in {Order.ID, Order.RANDOM}:  # else its ids would be in the order of time
        server.cases = {f"case-{n * 7_919 % 100_003:09}": at for n, at in enumerate(server.cases.values())}
    reading = read_all(server)
    assert reading.missed(server.cases, WINDOW.since) == set()
    assert reading.unproven == 0
    assert len(server.requests) <= bound


def test_a_page_of_cases_changed_at_once_does_not_pass_for_an_order_of_time() -> None:
    """Newest first, and the newest are a page of one instant: nothing on that page is out of order."""
    server = SearchServer(cases_at(*range(500), *[9_000] * 40), 20, Order.NEWEST_FIRST)
    reading = read_all(server)
    assert reading.missed(server.cases, WINDOW.since) == set()


def test_a_server_whose_ends_do_not_belong_to_the_window_loses_none_of_an_instant() -> None:
    server = SearchServer(cases_at(*range(30), *[50] * 45, *range(60, 90)), 20, exclusive=True)
    assert read_all(server).missed(server.cases, WINDOW.since) == set()


@pytest.mark.parametrize("step", [timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)])
@pytest.mark.parametrize("order", [Order.TIES_AT_RANDOM, Order.TIME, Order.ID])
def test_a_server_that_compares_coarser_times_than_it_tells_is_read_whole(
    step: timedelta, order: Order
) -> None:
    cases = cases_at(77, *range(30), *[50] * 45, *range(60, 77))
    cases = {case: at + timedelta(seconds=7, milliseconds=331) for case, at in cases.items()}
    server = SearchServer(cases, 20, order, step=step)
    assert read_all(server).missed(server.cases, WINDOW.since) == set()


def _to_the_nearest_minute(at: datetime) -> datetime:
    return (at + timedelta(seconds=30)).replace(second=0, microsecond=0)


OTHER_TIMES: dict[str, dict[str, Any]] = {
    "compares whole seconds": {"step": timedelta(seconds=1), "takes_finer": True},
    "compares whole minutes": {"step": timedelta(minutes=1), "takes_finer": True},
    "compares whole days": {"step": timedelta(days=1), "takes_finer": True},
    "tells the nearest minute": {"told": _to_the_nearest_minute},
    "tells no parts of a second": {"told": lambda at: at.replace(microsecond=0)},
    "tells times of India": {"told": lambda at: at + timedelta(hours=5, minutes=30)},
    "tells times of Chicago": {"told": lambda at: at - timedelta(hours=6)},
}


@pytest.mark.parametrize("order", [Order.TIES_AT_RANDOM, Order.TIME, Order.ID])
@pytest.mark.parametrize("other", OTHER_TIMES)
def test_a_server_that_tells_other_times_than_it_compares_is_read_whole(other: str, order: Order) -> None:
    cases = cases_at(77, *range(30), *[50] * 45, *range(60, 77), *range(500, 9_000, 250))
    spread = enumerate(cases.items())
    cases = {case: at + timedelta(seconds=n * 7 % 60, milliseconds=331) for n, (case, at) in spread}
    cases |= dict.fromkeys([f"tie-{n:02}" for n in range(45)], LONG_AGO + timedelta(hours=30, seconds=7.123))
    server = SearchServer(cases, 20, order, cap=20, **OTHER_TIMES[other])
    assert {case for case, _ in read_all(server).seen} == set(cases)


def test_a_case_that_changes_between_two_pages_is_no_sign_of_other_times() -> None:
    """The last case of a page is asked for anew with the next, and has changed meanwhile, or gone."""
    for changes in (Drift(changed=(39,)), Drift(gone=(39,))):
        server = SearchServer(cases_at(*range(500)), 20)
        reading = read_all(server, [*[Drift()] * 4, changes])
        assert reading.missed(reading.at_the_last_request, WINDOW.since) == set()
        assert len(server.requests) < 50


def test_a_set_of_which_the_server_counts_more_than_come_is_not_vouched_for() -> None:
    server = SearchServer(cases_at(*[1] * 60), 20, Order.TIES_AT_RANDOM, cap=20, totals=Totals.MORE)
    reading = read_all(server)
    assert reading.seen == set(server.cases.items())
    assert reading.unproven == 1


def test_a_wrong_count_beside_a_fixed_order_changes_nothing() -> None:
    server = SearchServer(cases_at(*range(50), *[60] * 60), 20, totals=Totals.MORE)
    reading = read_all(server)
    assert reading.seen == set(server.cases.items())
    assert reading.unproven == 0


def test_a_cursor_of_an_older_release_goes_on_with_its_instant_or_from_the_beginning() -> None:
    old = {
        "since": "2026-10-20T00:00:00+00:00",
        "start": "2026-10-01T00:00:00+00:00",
        "page": 3,
        "previous": ["1"],
        "low": 1,
        "high": None,
        "going_down": False,
        "repeats": 0,
        "resume_since": None,
        "last_look": False,
        "by_count": False,
        "catching_up": False,
        "requests": 7,
    }
    cursor = Cursor.from_data(old)
    assert (cursor.since.isoformat(), cursor.page, cursor.requests) == (old["since"], 0, 7)
    counting = Cursor.from_data({**old, "by_count": True})
    assert counting.since.isoformat() == old["start"]
    assert counting.halves is not None


def test_disorder_found_late_starts_the_reading_again_from_the_beginning() -> None:
    """The first page looks sorted by chance; what it led past must not be lost."""
    server = SearchServer(cases_at(10, 20, 90, 30, 40, 50, 99, 95, 60), 3, Order.ID)
    reading = read_all(server)
    assert reading.missed(server.cases, WINDOW.since) == set()


def test_rows_that_look_ordered_on_small_pages_lead_past_no_other() -> None:
    """Two rows an answer, by id, and the case that would have shown it has gone: each page looks ordered."""
    server = SearchServer(cases_at(10_001, 0, 0, 1, 1, 1, 2, 2, 3, 3), 2, Order.ID, cap=2)
    reading = read_all(server, [Drift(changed=(6,), created=1, gone=(0,)), Drift(created=1)])
    assert reading.missed(reading.at_the_last_request, WINDOW.since) == set()


@pytest.mark.parametrize("minutes", [(0, 0, 0, 1, 0), (0, 0, 1, 2, 0), (0, 0, 0, 0, 1, 2, 3, 0)])
def test_two_rows_an_answer_that_look_like_a_groups_end_hide_none_of_it(minutes: tuple[int, ...]) -> None:
    server = SearchServer(cases_at(*minutes), 2, Order.ID, cap=2)
    assert read_all(server).missed(server.cases, WINDOW.since) == set()


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
        advance(cursor, Answer([("case", LONG_AGO)]), WINDOW)


def test_the_memory_of_a_cursor_is_bounded_by_a_page() -> None:
    server = SearchServer(cases_at(*[1] * 300), 20)
    cursor = Cursor(WINDOW.since)
    while not cursor.over:
        assert len(json.dumps(cursor.to_data())) < 20 * 20 + 1_000
        cursor = advance(cursor, server.page(cursor.search(WINDOW)), WINDOW)


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
