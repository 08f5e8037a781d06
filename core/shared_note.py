"""Shared notes: messages that a firm's staff write to the client inside SmartAdvocate.

A note of the firm's shared type, with the tick "Shared in Client Portal", is one (Case Status sheet, 7.2).
Which notes never are, against echoes, is in 7.3 there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from core.announcement import Announcement, AnnouncementKind
from core.event import MAX_TEXT_BYTES
from core.firm import Firm
from core.marked import folded
from core.message import NOTE_SUBJECT, Note
from core.plain_text import plain_text


@dataclass(frozen=True, slots=True)
class SeenNote:
    """A shared note that was seen at `seen_at` (UTC). `announced`: as a message, not one from before."""

    firm_id: str
    note_id: str
    case_integration_id: str
    announced: bool
    seen_at: datetime


_MARK: Final = re.compile(r"\bCS-[0-9a-f]{24}\b")
_FOLDED_MARK: Final = re.compile(r"referencecs[0-9a-z]{0,6}?[0-9a-f]{24}")  # our last line, see `core.marked`


def is_shared_message(note: Note, firm: Firm) -> bool:
    """Tell whether staff meant the note for the client: by tick and by the exact name of its type.

    Of one that cannot be read as a whole, a type that could not be told counts as this one.
    """
    is_of_type = note.type_name == firm.shared_note_type or (note.problem is not None and not note.type_name)
    return note.is_shared and is_of_type


def problem_of(note: Note) -> str | None:
    """Return why no message can be made of a note, None where one can: one without an id would come again."""
    return note.problem or (None if note.note_id else "it has no id that can be read")


def bears_our_mark(note: Note) -> bool:
    """Tell by subject and reference mark that we wrote the note. Its author never tells."""
    if note.subject.strip() != NOTE_SUBJECT:
        return False
    return bool(_MARK.search(note.text) or _FOLDED_MARK.search(folded(note.text)))


def is_older(note: Note, since: datetime) -> bool:
    """Tell whether the note was there before `since` (UTC); one without a time counts as old."""
    return note.written_at is None or note.written_at <= since


def message_written(firm: Firm, integration_id: str, note: Note) -> Announcement | None:
    """Return what is announced of the note, or None as long as it holds no text.

    Text over 64 KiB of UTF-8 is cut at a character, and `is_cut` says so.
    """
    text = plain_text(note.text)
    if not text:
        return None
    encoded = text.encode("utf-8", "replace")
    data: Mapping[str, Any] = {
        "case_integration_id": integration_id,
        "note_id": note.note_id,
        "author_name": note.author or None,
        "author_id": note.author_id,
        "text": encoded[:MAX_TEXT_BYTES].decode("utf-8", "ignore"),
        "is_cut": len(encoded) > MAX_TEXT_BYTES,
        "written_at": note.written_at.astimezone(UTC).isoformat() if note.written_at else None,
    }
    return Announcement(AnnouncementKind.MESSAGE_WRITTEN, firm.firm_id, integration_id, data)
