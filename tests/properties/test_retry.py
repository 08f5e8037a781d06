"""Any attempt."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.retry import GIVE_UP_AFTER, RETRY_DELAYS, next_delay


@given(st.integers(1, 8), st.timedeltas(timedelta(), timedelta(days=2)))
def test_retry_after_stretches_a_pause_and_never_shortens_it(attempts: int, asked: timedelta) -> None:
    assert next_delay(attempts, timedelta(), asked) == max(RETRY_DELAYS[attempts - 1], asked)


@given(st.integers(1, 100), st.timedeltas(timedelta(), timedelta(days=3)))
def test_any_attempt_at_any_age_has_a_pause_or_is_the_last(attempts: int, age: timedelta) -> None:
    pause = next_delay(attempts, age)
    assert (pause is None) == (attempts > len(RETRY_DELAYS) or age >= GIVE_UP_AFTER)
