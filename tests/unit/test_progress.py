"""Whoever watches a run sees how far it has come and how long it may take."""

from dataclasses import replace
from datetime import timedelta

from core.cursor import Cursor, Window
from core.progress import progress_of
from core.run import OneByOne, Phase, Run, RunState, Trigger
from core.window_halves import Halves
from tests.fakes.samples import NOON

START = NOON - timedelta(days=100)
RUN = Run(1, "north", Trigger.MANUAL, Window(START, NOON), RunState.WAITING, NOON, pages=4)
LATER = NOON + timedelta(seconds=20)


def test_before_its_first_page_nothing_is_known() -> None:
    seen = progress_of(RUN, 0, NOON)
    assert (seen.doing, seen.cases, seen.per_second, seen.cases_left, seen.time_left) == (
        "waiting to begin",
        0,
        0.0,
        None,
        None,
    )


def test_what_the_server_counts_tells_the_time_left() -> None:
    seen = progress_of(replace(RUN, cursor=Cursor(NOON, start=START), cases_left=300), 800, LATER)
    assert (seen.per_second, seen.cases_left, seen.estimated) == (40.0, 300, False)
    assert seen.time_left == timedelta(seconds=7.5)


def test_without_a_count_it_is_estimated_from_the_time_that_was_read() -> None:
    half_way = Cursor(START + timedelta(days=50), start=START)
    seen = progress_of(replace(RUN, cursor=half_way), 800, LATER)
    assert (seen.cases_left, seen.estimated, seen.time_left) == (800, True, timedelta(seconds=20))


def test_too_early_or_out_of_order_there_is_no_estimate() -> None:
    for cursor in (Cursor(START, start=START), Cursor(NOON, start=START, halves=Halves())):
        assert progress_of(replace(RUN, cursor=cursor), 800, LATER).time_left is None


def test_phases_of_single_cases_say_what_they_do() -> None:
    seen = progress_of(replace(RUN, cursor=OneByOne(Phase.SKIPPED)), 10, LATER)
    assert (seen.doing, seen.cases_left) == ("trying cases with a problem again", None)


def test_a_run_that_is_over_counts_by_its_own_end() -> None:
    over = replace(RUN, state=RunState.FINISHED, ended_at=LATER)
    seen = progress_of(over, 800, NOON + timedelta(hours=5))
    assert (seen.doing, seen.per_second, seen.cases_left) == ("finished", 40.0, 0)
