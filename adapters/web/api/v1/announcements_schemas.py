"""Shapes of announcements, and positions among them as text."""

import re
from datetime import UTC, datetime
from typing import Any, Final, Self

from pydantic import Field

from adapters.web.api.v1.cursors import BadCursorError
from adapters.web.api.v1.schemas import Shape
from core.announced import Announced
from core.queries.announcements import Position

_POSITION: Final = re.compile(r"([0-9]{1,18})-([0-9]{1,12})?")


class Announcement(Shape):
    """An announcement. `event` is the CloudEvent that the exchange got."""

    announcement_id: str
    firm_id: str
    kind: str = Field(examples=["case-updated"])
    case_integration_id: str | None
    announced_at: datetime
    published_at: datetime | None = Field(description="Null while it waits for the exchange.")
    text_removed: bool = Field(description="What staff wrote is kept for a day.")
    event: dict[str, Any]

    @classmethod
    def of(cls, told: Announced) -> Self:
        """Return the announcement's."""
        return cls(
            announcement_id=str(told.number),
            firm_id=told.firm_id,
            kind=told.kind,
            case_integration_id=told.subject or None,
            announced_at=told.created_at,
            published_at=told.published_at,
            text_removed=not told.has_text,
            event=dict(told.event),
        )


class Changes(Shape):
    """CloudEvents in order; `next` is where to go on."""

    items: list[dict[str, Any]]
    next: str


def position_text(position: Position) -> str:
    """Return a position as text: its place, and the second in which it was good (UTC)."""
    return f"{position.place}-{int(position.at.timestamp()) if position.at else ''}"


def position_from(text: str | None) -> Position | None:
    """Read it; None where there is none. Raises BadCursorError."""
    if text is None:
        return None
    found = _POSITION.fullmatch(text)
    try:
        if found is not None:
            return Position(int(found[1]), datetime.fromtimestamp(int(found[2]), UTC) if found[2] else None)
    except (ValueError, OverflowError, OSError):  # a time beyond the calendar
        pass
    raise BadCursorError("the position is none that was given out; begin without one")
