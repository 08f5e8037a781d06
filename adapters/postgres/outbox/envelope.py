"""Announcements as CloudEvents 1.0 in JSON (design, section 5)."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from core.announcement import Announcement

SOURCE = "/casebridge"


def envelope(announcement: Announcement, event_id: UUID, at: datetime) -> dict[str, Any]:
    """Return the event; `at` is an aware instant. `subject` is absent where the event concerns the firm."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(event_id),
        "source": SOURCE,
        "type": announcement.kind.value,
        "time": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": {**announcement.data, "firm_id": announcement.firm_id},
    }
    if announcement.subject:
        event["subject"] = announcement.subject
    return event
