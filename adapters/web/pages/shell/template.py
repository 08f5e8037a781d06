"""The pages' templates."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.web.pages.shell.assets import Assets
from adapters.web.pages.shell.icons import icon
from adapters.web.pages.shell.numbers import count, figure, verb
from adapters.web.pages.shell.times import since, span, when

TEMPLATES: Final = Path(__file__).parents[1] / "templates"


@cache
def templates() -> Environment:
    """Return what makes pages: it escapes, and a name that is not given is an error. Compiled once."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    made.filters.update(in_zone=in_zone, when=when, since=since, span=span, figure=figure)
    made.globals.update(icon=icon, count=count, verb=verb, asset=Assets().url)
    return made


def in_zone(moment: datetime, zone: str) -> str:
    """Return a moment as people of the zone write it, with the zone's name: `27 November 2026, 14:05 (UTC)`.

    A zone that this machine does not know (ZoneInfo's KeyError and ValueError) is UTC.
    """
    try:
        there = moment.astimezone(ZoneInfo(zone))
    except (KeyError, ValueError, OverflowError):
        there, zone = moment.astimezone(UTC), "UTC"
    return f"{there.day} {there:%B %Y, %H:%M} ({zone.replace('_', ' ')})"
