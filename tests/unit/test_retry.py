"""Transient errors are tried again ever more rarely, for a day."""

from datetime import timedelta

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
