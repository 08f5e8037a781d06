"""Messages become notes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from core.announcement import Announcement, AnnouncementKind
from core.clearance import Clearance
from core.delivery import Attempt, Delivery, DeliveryState
from core.event import EventKind
from core.firm import Firm
from core.message import MessageSent, compose_note, find_by_marks, reference_mark
from core.ports.case_management import CaseManagement
from core.usecases.steps.carrier import Carrier
from core.usecases.steps.note_types import NoteTypes


class NoteCarrier(Carrier):
    """A `Carrier` of messages: each a note on its case, found again by the mark in its last line."""

    kind = EventKind.MESSAGE_SENT
    noun = "note"

    def __init__(self, case_management: CaseManagement, note_types: NoteTypes) -> None:
        self._case_management = case_management
        self._note_types = note_types

    def write(self, firm: Firm, delivery: Delivery, clearance: Clearance) -> str:
        """Insert the note, its time shown in the firm's zone, of the type that the firm set."""
        message, case_id = delivery.message, delivery.case_integration_id
        if message.origin_note_id is not None:  # born from a note that staff shared (core.shared_note)
            return message.origin_note_id
        draft = compose_note(message, ZoneInfo(firm.time_zone), late=delivery.late)
        draft = replace(draft, type_id=self._note_types.type_id(firm, message.direction, case_id))
        return self._case_management.insert_note(firm, case_id, draft, clearance=clearance)

    def find(self, firm: Firm, deliveries: Sequence[Delivery]) -> Mapping[int, str]:
        """Read the case's notes and look for the marks. What was born from a note is there, without one."""
        notes = self._case_management.notes(firm, deliveries[0].case_integration_id)
        marks = {d.delivery_id: reference_mark(d.firm_id, d.subject_id) for d in deliveries}
        found = {delivery_id: note.note_id for delivery_id, note in find_by_marks(notes, marks).items()}
        return found | _born_from_notes(deliveries)

    def announcements(self, attempt: Attempt) -> Sequence[Announcement]:
        """Announce `message-synced` and `delivery-failed`."""
        delivery = attempt.delivery
        data: dict[str, Any] = {
            "message_id": delivery.subject_id,
            "case_integration_id": delivery.case_integration_id,
        }
        if attempt.state is DeliveryState.DELIVERED:
            kind = AnnouncementKind.MESSAGE_SYNCED
            data |= {"note_id": attempt.stored_id}
        elif attempt.state is DeliveryState.FAILED:
            kind = AnnouncementKind.DELIVERY_FAILED
            data |= {"reason": attempt.reason, "detail": attempt.detail}
        else:
            return ()
        return (Announcement(kind, delivery.firm_id, delivery.case_integration_id, data),)


def _born_from_notes(deliveries: Sequence[Delivery]) -> dict[int, str]:
    contents = {d.delivery_id: d.content for d in deliveries}
    return {
        delivery_id: content.origin_note_id
        for delivery_id, content in contents.items()
        if isinstance(content, MessageSent) and content.origin_note_id is not None
    }
