"""How long a server asks to be left alone."""

import math
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import httpx2

from core.pause import granted

MAX_RETRY_AFTER: Final = timedelta(hours=24)  # a longer demand is a slip of the server
_MAX_LENGTH: Final = 100  # characters of a value
_MAX_VALUES: Final = 10
_CLOCKS_DIFFER: Final = timedelta(hours=26)  # at most: a wrong zone, written as GMT, and some more
# Waits in seconds beyond a quarter of an hour are whole minutes. Those that are halves of thousands, or more
# than a day, were meant in milliseconds.
_LONG_S: Final = 900.0
_MILLISECONDS_STEP: Final = 500.0
_UNIX_S: Final = 1e9  # seconds since 1970 in the year 2001
_UNIX_END_S: Final = 1e10  # in 2286
_PARTS_OF_A_SECOND: Final = (1.0, 1e3, 1e6, 1e9)  # in which instants are counted since 1970
# .NET counts tenths of microseconds since year 1, Windows since 1601.
_TICKS_A_SECOND: Final = 1e7
_TICKS_1970_S: Final = (62_135_596_800, 11_644_473_600)
_SPAN: Final = re.compile(r"(?:([0-9]{1,3})\.)?([0-9]{1,2}):([0-5][0-9]):([0-5][0-9](?:\.[0-9]{1,9})?)")
_NUMBER: Final = r"[0-9]{1,12}(?:\.[0-9]{1,9})?"
_WITH_UNIT: Final = re.compile(
    rf"({_NUMBER}) ?(ms|millis[a-z]*|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![a-z])[ ,]*",
    re.IGNORECASE,
)
_UNIT_S: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_ISO_8601: Final = re.compile(  # without months and years, of which nobody can tell the length
    rf"P(?:({_NUMBER})D)?(?:T(?:({_NUMBER})H)?(?:({_NUMBER})M)?(?:({_NUMBER})S)?)?", re.IGNORECASE
)
_DATE: Final = re.compile(
    r"[A-Za-z]{3,9},\s{0,3}\d{1,2}[ -][A-Za-z]{3}[ -]\d{2,4} [\d:]{5,8}(?: [A-Z]{1,5}| [+-]\d{4})?"
)


def retry_after(headers: httpx2.Headers, now: datetime) -> timedelta | None:
    """Read Retry-After: seconds, or an HTTP date in any of its three formats (RFC 9110, 10.2.3, 5.6.7).

    Common slips are read as they were meant: milliseconds, instants since 1970, and spans with their units
    (`30s`, `1m30s`, `PT1M30S`) or as .NET writes them (`00:00:30`). Of several values the longest counts.
    What is past is zero, and nothing is longer than MAX_RETRY_AFTER. `now` is in UTC; a date counts from the
    server's own `Date` where it says one. None where there is none, or nonsense.
    """
    there = _server_time(headers, now)
    values = [value.strip() for value in headers.get_list("retry-after")[:_MAX_VALUES]]
    waits = [wait for value in values for wait in _waits(value[: 4 * _MAX_LENGTH], there)]
    return max(waits, default=None)


def pause_after_429(headers: httpx2.Headers, now: datetime) -> timedelta:
    """Return how long to pause after "too many requests": what Retry-After says, else the default.

    What says "at once", or is past by a clock that is behind, is the shortest pause: no length of ours.
    """
    return granted(retry_after(headers, now), MAX_RETRY_AFTER)


def _waits(value: str, now: datetime) -> list[timedelta]:
    """Return the one wait that is written here, or those of several headers that a proxy has joined."""
    rest = _DATE.sub("", value)
    if "," not in rest:
        wait = _wait(value, now)
        return [] if wait is None else [wait]
    parts = [*_DATE.findall(value), *rest.split(",")[:_MAX_VALUES]]
    waits = [wait for part in parts if (wait := _wait(part.strip(), now)) is not None]
    whole = _wait(value, now)  # a date that is written otherwise, or a wait in several units
    return waits if whole is None else [*waits, whole]


def _wait(value: str, now: datetime) -> timedelta | None:
    value = value.partition(";")[0].strip("\"' \t")
    if not value or len(value) > _MAX_LENGTH:
        return None
    try:
        seconds = _meant(float(value), now)
    except ValueError:
        found = _span(value)
        if found is None:
            moment = _moment(value)
            if moment is None:
                return None
            found = (moment - now).total_seconds()
        seconds = found
    if math.isnan(seconds):
        return None
    return timedelta(seconds=min(max(seconds, 0.0), MAX_RETRY_AFTER.total_seconds()))


def _meant(number: float, now: datetime) -> float:
    """Return the seconds to wait that a number stands for."""
    for parts in _PARTS_OF_A_SECOND:
        if _UNIX_S * parts <= number < _UNIX_END_S * parts:
            return number / parts - now.timestamp()
    for before_1970_s in _TICKS_1970_S:
        if _UNIX_S < (since := number / _TICKS_A_SECOND - before_1970_s) < _UNIX_END_S:
            return since - now.timestamp()
    if number <= _LONG_S or number >= _UNIX_S:
        return number
    in_milliseconds = number % _MILLISECONDS_STEP == 0 or number > MAX_RETRY_AFTER.total_seconds()
    return number / 1000 if in_milliseconds else number


def _span(value: str) -> float | None:
    """Read a wait in seconds that is written with its unit, or as hours, minutes and seconds."""
    if found := _SPAN.fullmatch(value):
        days, hours, minutes, rest = found.groups("0")
        return int(days) * 86_400 + int(hours) * 3_600 + int(minutes) * 60 + float(rest)
    if found := _ISO_8601.fullmatch(value):
        parts = zip(found.groups(), "dhms", strict=True)
        return (
            sum(float(number) * _UNIT_S[unit] for number, unit in parts if number)
            if any(found.groups())
            else None
        )
    seconds, at = 0.0, 0
    while found := _WITH_UNIT.match(value, at):
        unit, at = found[2].lower(), found.end()
        in_thousandths = unit == "ms" or unit.startswith("milli")
        seconds += float(found[1]) * _UNIT_S["ms" if in_thousandths else unit[0]]
    return seconds if at and at == len(value) else None


def _moment(value: str) -> datetime | None:
    """Read an HTTP date, or one of ISO 8601 as some servers write it, into UTC."""
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        if len(value) <= len("2026-11-02"):
            return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _server_time(headers: httpx2.Headers, now: datetime) -> datetime:
    """Return what the server's clock shows, where it says so and could be right about the day; else `now`."""
    said = _moment(headers.get("date", "")[:_MAX_LENGTH])
    return said if said is not None and abs(said - now) <= _CLOCKS_DIFFER else now
