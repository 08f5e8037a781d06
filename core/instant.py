"""Instants as others write them (RFC 3339), the limits of one that was meant, and how one is shown."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

# What systems write for "no time": year 1 (.NET), 1601 (Windows), 1753 and 1900-01-01 (SQL Server),
# 1899-12-30 (COM), 1904-01-01 (Macs), in any zone, and Unix' zero. Nobody wrote in Case Status then.
_FIRST_MEANT: Final = datetime(1904, 1, 3, tzinfo=UTC)
_UNIX_ZERO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ZONES: Final = timedelta(hours=14)  # from UTC, at most
MOST_AHEAD: Final = timedelta(days=1)

_RFC3339: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}):([0-9]{2}:)([0-9]{2})(?:\.([0-9]+))?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_LEAP_SECOND: Final = "60"
_MICROSECOND_DIGITS: Final = 6


def is_rfc3339(text: str) -> bool:
    """Tell whether the text has the form of an RFC 3339 time, whether or not there is such a day."""
    return _RFC3339.fullmatch(text) is not None


def read_instant(text: str) -> datetime:
    """Read an RFC 3339 time, in UTC; digits beyond microseconds are dropped.

    A leap second is the first second of the next day, as in Unix time. Raises ValueError for what is no such
    time or does not exist, OverflowError for one that lies before year 1 or after year 9999 in UTC.
    """
    found = _RFC3339.fullmatch(text)
    if (
        found is None or found[2] == "24"
    ):  # the next midnight, says ISO 8601 and Python; RFC 3339 has no such hour
        raise ValueError("not an RFC 3339 time")
    day, hour, minute, second, fraction, offset = found.groups()
    if second != _LEAP_SECOND:
        exact = fraction is None or len(fraction) <= _MICROSECOND_DIGITS
        time_ = text if exact else f"{day}T{hour}:{minute}{second}.{fraction[:_MICROSECOND_DIGITS]}{offset}"
        return datetime.fromisoformat(time_.upper()).astimezone(UTC)
    fraction = (fraction or "0")[:_MICROSECOND_DIGITS]
    moment = datetime.fromisoformat(f"{day}T{hour}:{minute}59.{fraction}{offset.upper()}").astimezone(UTC)
    after = moment + timedelta(seconds=1)
    # There is one in the last minute of a month in UTC, if at all.
    if (moment.hour, moment.minute, after.day) != (23, 59, 1):
        raise ValueError("no leap second was ever there")
    return after


def in_utc(written: datetime) -> datetime:
    """Return the time in UTC, which one without an offset is in already.

    Raises ValueError where the calendar has no such time in UTC.
    """
    if written.tzinfo is None:
        return written.replace(tzinfo=UTC)
    try:
        return written.astimezone(UTC)
    except OverflowError:
        raise ValueError("before year 1, or after year 9999") from None


def is_no_time(moment: datetime) -> bool:
    """Tell whether the instant is what programs write when they have none."""
    return moment < _FIRST_MEANT or abs(moment - _UNIX_ZERO) <= _ZONES


def shown_in(moment: datetime, zone: tzinfo) -> str:
    """Return the instant for people, in the zone; in UTC where the calendar ends in that zone.

    2026-11-02 07:00:00 EST
    """
    try:
        there = moment.astimezone(zone)
    except (OverflowError, ValueError):  # year 0, or 10000
        there = moment
    return there.strftime("%Y-%m-%d %H:%M:%S %Z")
