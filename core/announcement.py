"""What the service announces on `case-status.integration` (design, section 5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from core.cloud_event import new_event

SOURCE: Final = "/casebridge"


class AnnouncementKind(StrEnum):
    """The `type` and routing key of an announcement."""

    CASE_IMPORTED = "case-imported"
    CASE_UPDATED = "case-updated"
    STAGE_CHANGED = "stage-changed"
    CASE_CLOSED = "case-closed"
    CASE_REOPENED = "case-reopened"
    MESSAGE_SYNCED = "message-synced"
    DOCUMENT_SYNCED = "document-synced"
    DOCUMENT_URL_EXPIRED = "document-url-expired"
    MESSAGE_WRITTEN = "message-written"
    DELIVERY_FAILED = "delivery-failed"
    CONNECTION_LOST = "connection-lost"
    CONNECTION_RESTORED = "connection-restored"
    SYNC_FINISHED = "sync-finished"
    SYNC_EXCEPTIONS = "sync-exceptions"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event to announce; `subject` is the case's integration id, or "" where it concerns the firm.

    `data` must be JSON-ready. The time and id are given when it is stored, in the same transaction as
    the change it tells of.
    """

    kind: AnnouncementKind
    firm_id: str
    subject: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def event(self, event_id: UUID, at: datetime) -> dict[str, Any]:
        """Return the CloudEvent; `at` is an aware instant."""
        data = {**self.data, "firm_id": self.firm_id}
        return new_event(self.kind.value, str(event_id), at, data, source=SOURCE, subject=self.subject)

    def __repr__(self) -> str:
        return f"Announcement({self.kind}, firm={self.firm_id!r}, subject={self.subject!r})"
