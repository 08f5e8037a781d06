"""The paging misses no case, whatever changes while it reads."""

from datetime import datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from core.window import window_for
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


few_instants = st.lists(st.integers(0, 3), max_size=16)
few_drifts = st.lists(
    st.builds(
        Drift,
        changed=st.lists(st.integers(0, 20), max_size=4).map(tuple),
        created=st.integers(0, 2),
    ),
    max_size=10,
)
seeds = st.integers(0, 10_000)


@given(
    few_instants,
    st.integers(2, 7),
    st.sampled_from([Order.TIES_AT_RANDOM, Order.TIES_AT_RANDOM_BUT_BY_ID, Order.TIME_NEWEST_ID]),
    st.booleans(),
    st.integers(3, 9) | st.none(),
    st.sampled_from(Totals),
    st.booleans(),
    seeds,
    few_drifts,
)
def test_cases_of_one_instant_in_no_fixed_order_are_all_met(
    minutes: list[int],
    page_size: int,
    order: Order,
    clamps: bool,
    cap: int | None,
    totals: Totals,
    exclusive: bool,
    seed: int,
    changes: list[Drift],
) -> None:
    server = SearchServer(
        cases_at(*minutes),
        page_size,
        order,
        clamps,
        cap=cap,
        totals=totals,
        exclusive=exclusive,
        seed=seed,
    )
    reading = read_all(server, changes)
    assert reading.missed(reading.at_the_last_request, WINDOW.since) == set()
    if totals is not Totals.MORE:
        assert reading.unproven == 0


@given(
    st.lists(st.integers(0, 10_000), min_size=1, max_size=40),
    st.integers(2, 7),
    st.sampled_from([Order.ID, Order.NEWEST_FIRST]),
    st.booleans(),
    st.integers(3, 9) | st.none(),
    st.sampled_from(Totals),
    seeds,
    few_drifts,
)
def test_a_server_that_does_not_sort_by_time_is_read_part_by_part(
    minutes: list[int],
    page_size: int,
    order: Order,
    clamps: bool,
    cap: int | None,
    totals: Totals,
    seed: int,
    changes: list[Drift],
) -> None:
    # The first page must show that it is not sorted: that is how the server is known.
    minutes = [10_001, *sorted(minutes)]
    server = SearchServer(cases_at(*minutes), page_size, order, clamps, cap=cap, totals=totals, seed=seed)
    reading = read_all(server, [Drift(), *changes])
    assert reading.missed(reading.at_the_last_part, WINDOW.since) == set()


@given(st.lists(st.integers(0, 10_000), min_size=5, max_size=60), st.integers(3, 7), st.data())
def test_cases_that_vanish_between_two_pages_hide_no_other(
    minutes: list[int], page_size: int, data: st.DataObject
) -> None:
    gone = st.builds(Drift, gone=st.lists(st.integers(0, 60), max_size=3).map(tuple))
    server = SearchServer(cases_at(10_001, *sorted(minutes)), page_size, Order.ID)
    reading = read_all(server, [Drift(), *data.draw(st.lists(gone, max_size=30))])
    assert reading.missed(reading.at_the_last_part, WINDOW.since) == set()


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


@given(
    few_instants,
    st.integers(2, 4),
    st.sampled_from([Order.ID, Order.RANDOM]),
    st.integers(2, 3),
    st.booleans(),
    seeds,
    st.lists(
        st.builds(
            Drift,
            changed=st.lists(st.integers(0, 20), max_size=2).map(tuple),
            created=st.integers(0, 1),
            gone=st.lists(st.integers(0, 20), max_size=1).map(tuple),
        ),
        max_size=12,
    ),
)
def test_cases_that_change_come_and_go_at_every_request_of_two_rows_hide_no_other(
    minutes: list[int],
    page_size: int,
    order: Order,
    cap: int,
    clamps: bool,
    seed: int,
    changes: list[Drift],
) -> None:
    server = SearchServer(cases_at(*minutes), page_size, order, clamps, cap=cap, seed=seed)
    reading = read_all(server, changes)
    missed = reading.missed(reading.at_the_last_part, WINDOW.since)
    assert missed == set() or reading.unproven


@given(
    st.lists(st.integers(0, 400), min_size=1, max_size=50),
    st.integers(2, 7),
    st.sampled_from([Order.TIME, Order.TIES_AT_RANDOM, Order.ID]),
    st.sampled_from([None, timedelta(milliseconds=10), timedelta(seconds=1), timedelta(minutes=1)]),
    st.sampled_from([timedelta(0), timedelta(seconds=30)]),
    st.integers(-14, 14),
    seeds,
)
def test_a_server_that_tells_other_times_than_it_compares_hides_no_case(
    seconds: list[int],
    page_size: int,
    order: Order,
    step: timedelta | None,
    rounded: timedelta,
    hours: int,
    seed: int,
) -> None:
    def told(at: datetime) -> datetime:
        at += timedelta(hours=hours) + rounded
        return at.replace(second=0, microsecond=0) if rounded else at

    stood = {
        f"case-{n:05}": LONG_AGO + timedelta(seconds=at, milliseconds=at) for n, at in enumerate(seconds)
    }
    server = SearchServer(
        dict(stood), page_size, order, cap=page_size, step=step, takes_finer=True, told=told, seed=seed
    )
    reading = read_all(server)
    assert {case for case, _ in reading.seen} == set(stood) or reading.unproven
