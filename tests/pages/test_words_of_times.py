"""Times and numbers as people say them."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.web.pages.shell.numbers import count, figure, total, verb
from adapters.web.pages.shell.times import span, when

NOW = datetime(2026, 11, 27, 3, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=4, seconds=59), "4 minutes ago"),
        (timedelta(minutes=-20), "in 20 minutes"),
        (timedelta(hours=2), "today, 20:05"),
        (timedelta(days=1), "yesterday, 22:05"),
        (timedelta(days=-1), "tomorrow, 22:05"),
        (timedelta(days=6), "20 November, 22:05"),
        (timedelta(days=400), "22 October 2025, 23:05"),
    ],
)
def test_a_time_is_said_from_where_the_firm_stands(ago: timedelta, said: str) -> None:
    assert f">{said}</time>" in when(NOW - ago, "America/New_York", NOW)


def test_the_machines_time_stands_beside_it_and_an_unknown_zone_is_utc() -> None:
    assert 'datetime="2026-11-27T03:05:00+00:00"' in when(NOW, "Mars/Olympus", NOW)
    assert "27 November 2026, 03:05:00" in when(NOW, "Mars/Olympus", NOW)
    assert when(None, "UTC", NOW) == "–"


def test_spans_and_numbers_have_the_right_form() -> None:
    assert span(timedelta(hours=1)) == "1 hour"
    assert span(timedelta(days=3, hours=23)) == "3 days"
    assert span(timedelta(milliseconds=3)) == "a moment"
    assert count(1, "case") == "1 case"
    assert count(25_310, "case") == "25,310 cases"
    assert total(10_001, "case") == "10,000+ cases"
    assert [total(n, "case") for n in (1, 10_000)] == ["1 case", "10,000 cases"]
    assert count(2, "delivery", "deliveries") == "2 deliveries"
    assert figure(1_204) == "1,204"
    assert [verb(n, "waits") for n in (1, 2)] == ["waits", "wait"]
    assert verb(2, "is") == "are"
