"""How long a server asks to be left alone: what it wrote, and what it must have meant."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest

from adapters.http.retry_after import MAX_RETRY_AFTER, pause_after_429, retry_after
from core.pause import DEFAULT_PAUSE, SHORTEST_PAUSE

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
UNIX = int(NOW.timestamp())
LATER = "Mon, 02 Nov 2026 12:02:00 GMT"


def read(*values: str, date: str | None = None) -> timedelta | None:
    headers = [("Retry-After", value) for value in values]
    return retry_after(httpx2.Headers(headers + ([("Date", date)] if date else [])), NOW)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@pytest.mark.parametrize(
    ("value", "pause"),
    [
        ("0", seconds(0)),
        ("2", seconds(2)),
        ("2.0", seconds(2)),
        (" 30 ", seconds(30)),
        (" 1.5 ", seconds(1.5)),
        ('"30"', seconds(30)),
        ("900", seconds(900)),
        ("1800", seconds(1800)),
        ("3600", seconds(3600)),
        ("7200", seconds(7200)),
        ("86400", timedelta(days=1)),
        ("-5", seconds(0)),
    ],
)
def test_a_number_is_seconds(value: str, pause: timedelta) -> None:
    assert read(value) == pause


@pytest.mark.parametrize(
    ("value", "pause"),
    [
        ("1000", seconds(1)),
        ("1500", seconds(1.5)),
        ("30000", seconds(30)),
        ("60000", seconds(60)),
        ("120000", seconds(120)),
        ("123456", seconds(123.456)),
        ("3600000", seconds(3600)),
    ],
)
def test_milliseconds_are_told_by_their_size(value: str, pause: timedelta) -> None:
    assert read(value) == pause


@pytest.mark.parametrize(
    ("value", "pause"),
    [
        ("30s", seconds(30)),
        ("30 seconds", seconds(30)),
        ("1500ms", seconds(1.5)),
        ("250 milliseconds", seconds(0.25)),
        ("5 min", seconds(300)),
        ("2 Hours", seconds(7200)),
        ("PT30S", seconds(30)),
        ("PT1M30S", seconds(90)),
        ("pt0.5h", seconds(1800)),
        ("P1D", timedelta(days=1)),
        ("P0DT0H2M", seconds(120)),
        ("1m30s", seconds(90)),
        ("1 min, 30 s", seconds(90)),
        ("1 day", timedelta(days=1)),
        ("00:00:30", seconds(30)),
        ("00:05:00.5000000", seconds(300.5)),
        ("1.00:00:00", timedelta(days=1)),
    ],
)
def test_a_wait_with_its_unit_or_as_dot_net_writes_it_is_read(value: str, pause: timedelta) -> None:
    assert read(value) == pause


@pytest.mark.parametrize("before_1970_s", [62_135_596_800, 11_644_473_600])
def test_an_instant_in_ticks_of_dot_net_or_of_windows_counts_from_now(before_1970_s: int) -> None:
    assert read(str((UNIX + 42 + before_1970_s) * 10**7)) == seconds(42)


@pytest.mark.parametrize(
    "joined", [f"{LATER}, 600", f"600, {LATER}", f"{LATER}, 600, 1", f"1, 2 Nov 2026 12:10:00 GMT, {LATER}"]
)
def test_of_several_that_a_proxy_joined_the_longest_counts(joined: str) -> None:
    assert read(joined) == timedelta(minutes=10)


@pytest.mark.parametrize("value", ["30;q=1", "30; comment", f"{seconds(30).seconds} ;"])
def test_what_stands_behind_a_semicolon_is_no_part_of_it(value: str) -> None:
    assert read(value) == seconds(30)


@pytest.mark.parametrize("value", ["P", "PT", "P1M", "P1Y", "1 parsec", "30s soon", "m", "30 s s"])
def test_what_is_no_length_of_time_is_none(value: str) -> None:
    assert read(value) is None


@pytest.mark.parametrize("unit", [1, 1000, 10**6, 10**9])
@pytest.mark.parametrize(
    ("ahead", "pause"),
    [
        (42, seconds(42)),
        (0, seconds(0)),
        (-3600, seconds(0)),
        (-(10**8), seconds(0)),
        (10**8, MAX_RETRY_AFTER),
    ],
)
def test_an_instant_in_seconds_or_parts_of_them_since_1970_counts_from_now(
    ahead: int, pause: timedelta, unit: int
) -> None:
    assert read(str((UNIX + ahead) * unit)) == pause


@pytest.mark.parametrize(
    "value",
    [
        LATER,
        "Monday, 02-Nov-26 12:02:00 GMT",
        "Mon Nov  2 12:02:00 2026",
        "Mon, 02 Nov 2026 12:02:00 UTC",
        "Mon, 02 Nov 2026 12:02:00 +0000",
        "Mon, 02 Nov 2026 07:02:00 -0500",
        "2 Nov 2026 12:02:00 GMT",
        "2026-11-02T12:02:00Z",
        "2026-11-02T07:02:00-05:00",
    ],
)
def test_a_date_is_read_in_each_of_its_formats(value: str) -> None:
    assert read(value) == timedelta(minutes=2)


@pytest.mark.parametrize("hours", [-12, -5, -1, 1, 14])
def test_a_date_counts_by_the_clock_of_the_server_that_wrote_it(hours: int) -> None:
    there = NOW + timedelta(hours=hours)
    date, later = format_datetime(there, usegmt=True), format_datetime(there + seconds(30), usegmt=True)
    assert read(later, date=date) == seconds(30)
    assert read("30", date=date) == seconds(30)


def test_a_clock_that_cannot_be_right_is_not_believed() -> None:
    assert read(LATER, date="Thu, 01 Jan 1970 00:00:00 GMT") == timedelta(minutes=2)
    assert read(LATER, date="soon") == timedelta(minutes=2)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "nan",
        "0x10",
        "Mon, 99 Nov 2026 12:02:00 GMT",
        "Mon, 02 Nov 9999999 12:02:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "2026-11-02",
        "99:99:99",
        "30 fortnights",
        "s",
        "9" * 10_000,
    ],
)
def test_nonsense_is_nothing_and_a_429_pauses_for_the_default(value: str) -> None:
    headers = httpx2.Headers({"Retry-After": value})
    assert retry_after(headers, NOW) is None
    assert pause_after_429(headers, NOW) == DEFAULT_PAUSE


@pytest.mark.parametrize(
    "value", ["inf", "1e300", "9" * 90, "Fri, 31 Dec 9999 23:59:59 GMT", "Sat, 01 Jan 2028 00:00:00 GMT"]
)
def test_nothing_is_longer_than_a_day(value: str) -> None:
    assert read(value) == MAX_RETRY_AFTER


@pytest.mark.parametrize("value", ["Mon, 01 Jan 0001 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_what_is_past_is_over(value: str) -> None:
    assert read(value) == seconds(0)


@pytest.mark.parametrize(
    ("values", "pause"),
    [
        (["5", "20"], seconds(20)),
        (["20", "5", "soon"], seconds(20)),
        (["5, 20"], seconds(20)),
        (["5", LATER], seconds(120)),
        ([f"5, {LATER}"], seconds(120)),
        ([f"{LATER}, 5"], seconds(120)),
        (["x, y"], None),
        (["5"] * 1_000 + ["7"], seconds(5)),
    ],
)
def test_of_several_the_longest_counts(values: list[str], pause: timedelta | None) -> None:
    assert read(*values) == pause


@pytest.mark.parametrize(
    "value", ["0", "0.0", "-5", "-0", "0s", "00:00:00", "Mon, 02 Nov 2026 11:59:00 GMT", "1577836800"]
)
def test_at_once_or_what_is_past_is_the_shortest_pause_and_not_the_default(value: str) -> None:
    headers = httpx2.Headers({"Retry-After": value})
    assert retry_after(headers, NOW) == timedelta(0)
    assert pause_after_429(headers, NOW) == SHORTEST_PAUSE
