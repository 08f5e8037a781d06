"""Any value in an answer."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from adapters.smartadvocate import wire


@given(
    st.text(max_size=40) | st.datetimes().map(str) | st.datetimes().map(lambda m: m.isoformat() + "-11:30")
)
def test_whatever_is_written_reading_a_date_raises_nothing(written: str) -> None:
    for zone in (None, ZoneInfo("Asia/Kathmandu")):
        moment = wire.instant(written, zone)
        assert moment is None or 1970 <= moment.year < 2080
    day = wire.calendar_date(written)
    assert day is None or 1904 <= day.year < 2080


@given(st.datetimes(datetime(1990, 1, 1), datetime(2079, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds are naive
def test_a_window_written_in_milliseconds_never_excludes_its_ends(moment: datetime) -> None:
    begin, end = wire.instant(wire.moment_from(moment)), wire.instant(wire.moment_until(moment))
    assert begin is not None
    assert end is not None
    assert moment - timedelta(milliseconds=1) < begin <= moment <= end < moment + timedelta(milliseconds=1)


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=8)
)
def test_readers_of_single_values_never_fail(value: Any) -> None:
    wire.identifier(value)
    wire.instant(value, ZoneInfo("America/New_York"))
    wire.calendar_date(value)
    shown = wire.text(value, 50)
    shown.encode()
    assert "\x00" not in shown
