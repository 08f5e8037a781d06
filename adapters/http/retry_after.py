"""How long a server asks to be left alone."""

import math
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import httpx2

from core.ports.admission import DEFAULT_PAUSE

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
_DATE: Final = re.compile(
    r"[A-Za-z]{3,9},\s{0,3}\d{1,2}[ -][A-Za-z]{3}[ -]\d{2,4} [\d:]{5,8}(?: [A-Z]{1,5}| [+-]\d{4})?"
)


def retry_after(headers: httpx2.Headers, now: datetime) -> timedelta | None:
    """Read Retry-After: seconds, or an HTTP date in any of its three formats (RFC 9110, 10.2.3, 5.6.7).

    Common slips are read as they were meant: milliseconds, and instants in seconds or milliseconds since
    1970. Of several values the longest counts. What is past is zero, and nothing is longer than
    MAX_RETRY_AFTER. `now` is in UTC; a date counts from the server's own `Date` where it says one. None where
    there is none, or nonsense.
    """
    there = _server_time(headers, now)
    values = [value.strip() for value in headers.get_list("retry-after")[:_MAX_VALUES]]
    waits = [wait for value in values for wait in _waits(value[: 4 * _MAX_LENGTH], there)]
    return max(waits, default=None)


def pause_after_429(headers: httpx2.Headers, now: datetime) -> timedelta:
    """Return how long to pause after "too many requests": what Retry-After says, else the default."""
    return retry_after(headers, now) or DEFAULT_PAUSE


def _waits(value: str, now: datetime) -> list[timedelta]:
    """Return the one wait that is written here, or those of several headers that a proxy has joined."""
    whole = _wait(value, now)
    if whole is not None:
        return [whole]
    parts = [*_DATE.findall(value), *_DATE.sub("", value).split(",")[:_MAX_VALUES]]
    return [wait for part in parts if (wait := _wait(part.strip(), now)) is not None]


def _wait(value: str, now: datetime) -> timedelta | None:
    value = value.strip("\"' \t")
    if not value or len(value) > _MAX_LENGTH:
        return None
    try:
        seconds = _meant(float(value), now)
    except ValueError:
        moment = _moment(value)
        if moment is None:
            return None
        seconds = (moment - now).total_seconds()
    if math.isnan(seconds):
        return None
    return timedelta(seconds=min(max(seconds, 0.0), MAX_RETRY_AFTER.total_seconds()))


def _meant(number: float, now: datetime) -> float:
    """Return the seconds to wait that a number stands for."""
    if _UNIX_S <= number < _UNIX_END_S:
        return number - now.timestamp()
    if _UNIX_S * 1000 <= number < _UNIX_END_S * 1000:
        return number / 1000 - now.timestamp()
    if number <= _LONG_S or number >= _UNIX_S:
        return number
    in_milliseconds = number % _MILLISECONDS_STEP == 0 or number > MAX_RETRY_AFTER.total_seconds()
    return number / 1000 if in_milliseconds else number


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
