"""How long a server asks to be left alone."""

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import httpx2

from core.ports.admission import DEFAULT_PAUSE

MAX_RETRY_AFTER: Final = timedelta(hours=24)  # a longer demand is a slip of the server


def retry_after(headers: httpx2.Headers, now: datetime) -> timedelta | None:
    """Read Retry-After, in seconds or as an HTTP date (RFC 9110, 10.2.3); `now` in UTC.

    None where there is none, or nonsense.
    """
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, TypeError, OverflowError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - now).total_seconds()
    if math.isnan(seconds):
        return None
    return timedelta(seconds=min(max(seconds, 0.0), MAX_RETRY_AFTER.total_seconds()))


def pause_after_429(headers: httpx2.Headers, now: datetime) -> timedelta:
    """Return how long to pause after "too many requests": what Retry-After says, else the default."""
    return retry_after(headers, now) or DEFAULT_PAUSE
