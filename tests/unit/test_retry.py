"""Transient errors are tried again ever more rarely, for a day."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.retry import GIVE_UP_AFTER, RETRY_DELAYS, next_delay


def test_the_pauses_are_those_of_the_design() -> None:
    seconds = [5, 30, 120, 600, 1_800, 7_200, 21_600, 43_200]
    assert [next_delay(n, timedelta()) for n in range(1, 9)] == [timedelta(seconds=s) for s in seconds]


def test_after_the_last_pause_or_a_day_retries_are_spent() -> None:
    assert next_delay(len(RETRY_DELAYS) + 1, timedelta()) is None
    assert next_delay(1, GIVE_UP_AFTER) is None
    assert next_delay(1, GIVE_UP_AFTER - timedelta(seconds=1)) == RETRY_DELAYS[0]


def test_the_whole_schedule_fits_into_the_day_it_is_given() -> None:
    assert sum(RETRY_DELAYS[:-1], timedelta()) < GIVE_UP_AFTER


@given(st.integers(1, 8), st.timedeltas(timedelta(), timedelta(days=2)))
def test_retry_after_stretches_a_pause_and_never_shortens_it(attempts: int, asked: timedelta) -> None:
    assert next_delay(attempts, timedelta(), asked) == max(RETRY_DELAYS[attempts - 1], asked)


@given(st.integers(1, 100), st.timedeltas(timedelta(), timedelta(days=3)))
def test_any_attempt_at_any_age_has_a_pause_or_is_the_last(attempts: int, age: timedelta) -> None:
    pause = next_delay(attempts, age)
    assert (pause is None) == (attempts > len(RETRY_DELAYS) or age >= GIVE_UP_AFTER)
