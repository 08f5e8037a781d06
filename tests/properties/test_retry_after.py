"""Any headers."""

from datetime import UTC, datetime, timedelta

import httpx2
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.retry_after import MAX_RETRY_AFTER, pause_after_429, retry_after

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


text = st.text(st.characters(codec="ascii"), max_size=60)
dates = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.strftime("%a, %d %b %Y %H:%M:%S GMT"))


@given(st.lists(text | dates | st.floats().map(str) | st.integers().map(str), max_size=4), text | dates)
def test_any_headers_are_read_into_a_time_in_bounds(values: list[str], date: str) -> None:
    headers = [("Retry-After", value) for value in values] + [("Date", date)]
    raw = [(name.encode(), value.encode()) for name, value in headers]
    pause = retry_after(httpx2.Headers(raw), NOW)
    assert pause is None or timedelta(0) <= pause <= MAX_RETRY_AFTER
    assert timedelta(0) < pause_after_429(httpx2.Headers(raw), NOW) <= MAX_RETRY_AFTER


@given(st.binary(max_size=60))
def test_any_bytes_are_read_into_a_time_in_bounds(value: bytes) -> None:
    pause = retry_after(httpx2.Headers([(b"Retry-After", value)]), NOW)
    assert pause is None or timedelta(0) <= pause <= MAX_RETRY_AFTER
