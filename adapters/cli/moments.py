"""Times as people type them: an instant, or how long ago."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from core.errors import ConfigurationError

_AGO: Final = re.compile(r"(\d{1,6})\s*([smhdw])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
FORMS: Final = "30m, 12h, 7d, or 2026-11-02, or 2026-11-02T15:00Z"


def moment(text: str, now: datetime, *, ahead: bool = False) -> datetime:
    """Return the instant (UTC): so long before `now`, or with `ahead` after it; or the one that is written.

    A time without an offset is UTC, a date is its midnight. Raises ConfigurationError.
    """
    if match := _AGO.fullmatch(text.strip()):
        span = timedelta(**{_UNITS[match[2]]: int(match[1])})
        return now + span if ahead else now - span
    try:
        written = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ConfigurationError(f"{text!r} is no time; write {FORMS}") from None
    return written.replace(tzinfo=UTC) if written.tzinfo is None else written.astimezone(UTC)
