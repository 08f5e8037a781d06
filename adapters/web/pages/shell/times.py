"""Times and spans as people say them, with the machine's time beside them."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

_LATELY: Final = timedelta(hours=1)
_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def zone_of(name: str) -> tuple[ZoneInfo | None, str]:
    """Return the zone and its name as people write it; one that this machine does not know is UTC."""
    try:
        return ZoneInfo(name), name.replace("_", " ")
    except (KeyError, ValueError, OSError):
        return None, "UTC"


def there(moment: datetime, zone: str) -> datetime:
    """Return the moment by the clocks of the zone."""
    try:
        return moment.astimezone(zone_of(zone)[0] or UTC)
    except OverflowError:
        return moment.astimezone(UTC)


def when(moment: datetime | None, zone: str, now: datetime) -> Markup | str:
    """Return `<time>` with words such as `4 minutes ago`, `today, 14:05`, `21 November 2025, 09:15`.

    The zone is not named: a page says once whose times it shows.
    """
    if moment is None:
        return "–"
    local = there(moment, zone)
    exact = f"{local.day} {local:%B %Y, %H:%M:%S}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(), exact, _words(moment, local, zone, now)
    )


def _words(moment: datetime, local: datetime, zone: str, now: datetime) -> str:
    past = now - moment
    if timedelta(0) <= past < _LATELY:
        return "just now" if past < timedelta(minutes=1) else f"{span(past)} ago"
    if timedelta(0) < -past < _LATELY:
        return f"in {span(-past)}"
    today = there(now, zone).date()
    days = (today - local.date()).days
    clock = f"{local:%H:%M}"
    near = {0: "today", 1: "yesterday", -1: "tomorrow"}.get(days)
    if near:
        return f"{near}, {clock}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {local:%B}{year}, {clock}"


def span(length: timedelta) -> str:
    """Return a span in its largest unit: `3 days`, `1 hour`, `20 minutes`; below a second `a moment`."""
    seconds = int(length.total_seconds())
    for size, unit in _UNITS:
        if seconds >= size:
            number = seconds // size
            return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
    return "a moment"


def since(moment: datetime, now: datetime) -> str:
    """Return for how long something has been so."""
    return span(max(now - moment, timedelta(0)))
