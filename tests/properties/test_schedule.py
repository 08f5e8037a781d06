"""Any slot."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.schedule import Daily, Every

instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
rhythms = st.builds(Every, st.integers(1, 86_400).map(lambda s: timedelta(seconds=s))) | st.builds(
    Daily, st.times().map(lambda at: at.replace(microsecond=0, fold=0))
)


@given(instants, rhythms)
def test_the_latest_slot_is_not_ahead_and_is_its_own_slot(now: datetime, rhythm: Every | Daily) -> None:
    slot = rhythm.latest(now)
    assert slot <= now
    assert rhythm.latest(slot) == slot
    assert slot.utcoffset() == timedelta()


@given(instants, rhythms, st.timedeltas(timedelta(), timedelta(days=3)))
def test_slots_follow_one_another_without_a_gap(
    now: datetime, rhythm: Every | Daily, later: timedelta
) -> None:
    period = rhythm.period if isinstance(rhythm, Every) else timedelta(days=1)
    first, then = rhythm.latest(now), rhythm.latest(now + later)
    assert first <= then
    assert (then - first) % period == timedelta()
    assert now - first < period
