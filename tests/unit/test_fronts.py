"""Where searches of what waits begin: from the very beginning, unless that was slow just now."""

from datetime import UTC, datetime, timedelta

from adapters.postgres.store.fronts import KEPT_AT_MOST_S, MARGIN, SLOW_S, Fronts

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
KEY = ("message-sent", "north")


class Fixture:
    def __init__(self) -> None:
        self.now_s = 0.0
        self.fronts = Fronts(lambda: self.now_s)

    def searches(self) -> list[datetime | None]:
        return [*self.fronts.searches(KEY)]


def test_a_search_that_is_quick_is_made_from_the_beginning_each_time() -> None:
    at = Fixture()
    assert at.searches() == [None]
    at.fronts.searched_all(KEY, NOON, SLOW_S / 2)
    assert at.searches() == [None]


def test_after_a_slow_one_others_begin_shortly_before_what_was_alive_and_at_the_beginning_if_nothing_is() -> (
    None
):
    at = Fixture()
    at.fronts.searched_all(KEY, NOON, 0.1)
    assert at.searches() == [NOON - MARGIN, None]
    assert [*at.fronts.searches(("message-sent", "south"))] == [None]


def test_a_slow_search_is_made_again_after_twenty_times_as_long() -> None:
    at = Fixture()
    at.fronts.searched_all(KEY, NOON, 0.1)
    at.now_s = 1.9
    assert len(at.searches()) == 2
    at.now_s = 2.1
    assert at.searches() == [None]
    at.fronts.searched_all(KEY, NOON + timedelta(minutes=1), 60.0)
    at.now_s += KEPT_AT_MOST_S + 0.1
    assert at.searches() == [None]


def test_where_all_was_searched_and_nothing_is_alive_there_is_no_front() -> None:
    at = Fixture()
    at.fronts.searched_all(KEY, NOON, 0.1)
    at.fronts.searched_all(KEY, None, 0.1)
    assert at.searches() == [None]
