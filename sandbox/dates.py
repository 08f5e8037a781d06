"""Instants as whole milliseconds since 1970 UTC, and how they look in SmartAdvocate's JSON (API sheet,
section 5).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MS_PER_S = 1000
MS_PER_DAY = 86_400_000
_MS_PER_MINUTE = 60_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

# A JSON string that is an instant and nothing else: inside other text the quotes would be escaped.
_INSTANT = re.compile(rb'(?<=":")(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z(?=")')


def iso(ms: int) -> str:
    """`2024-08-14T19:02:41.41Z`: UTC, fraction of 0 to 3 digits with trailing zeros dropped."""
    text, rest = _to_the_second(ms)
    return f"{text}.{rest:03d}".rstrip("0") + "Z" if rest else text + "Z"


def _to_the_second(ms: int) -> tuple[str, int]:
    """Date and time without fraction, and the milliseconds left over. Seeding does this a million times."""
    days, rest = divmod(ms, MS_PER_DAY)
    minutes, rest = divmod(rest, _MS_PER_MINUTE)
    seconds, rest = divmod(rest, MS_PER_S)
    return f"{_day(days)}T{_minute(minutes)}:{seconds:02d}", rest


@lru_cache(maxsize=16_384)
def _day(days: int) -> str:
    return date.fromordinal(_EPOCH_ORDINAL + days).isoformat()


@lru_cache(maxsize=1440)
def _minute(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def iso_ms(ms: int) -> str:
    """`2024-08-14T19:02:41.410Z`: always three digits, for our own reports."""
    text, rest = _to_the_second(ms)
    return f"{text}.{rest:03d}Z"


def iso_minute(ms: int) -> str:
    """The instant cut to its minute, as `noteDate` and `caseStatusFrom` are."""
    return iso(ms - ms % _MS_PER_MINUTE)


def parse_ms(text: str) -> int:
    """Any ISO-8601 instant to milliseconds; without a zone it is read as UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = int(moment.replace(microsecond=0).timestamp())
    return seconds * MS_PER_S + moment.microsecond // 1000


def zone(name: str) -> ZoneInfo:
    """The named time zone. Raises ValueError where the machine has no data for it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        msg = f"time zone {name!r} is unknown here: check the name, or install the system's tzdata package"
        raise ValueError(msg) from error


def localised(body: bytes, zone_name: str) -> bytes:
    """`body` (JSON) with every instant written as local time with its offset, daylight saving included."""

    def local(match: re.Match[bytes]) -> bytes:
        minute, offset = _shifted(match[1][:16], zone_name)
        return minute + match[1][16:] + (match[2] or b"") + offset

    return _INSTANT.sub(local, body)


@lru_cache(maxsize=100_000)
def _shifted(minute: bytes, zone_name: str) -> tuple[bytes, bytes]:
    """Local minute and offset of a UTC minute."""
    text = datetime.fromisoformat(minute.decode() + ":00+00:00").astimezone(ZoneInfo(zone_name)).isoformat()
    return text[:16].encode(), text[19:].encode()
