"""A message between client and firm, and the SmartAdvocate note it becomes."""

import hashlib
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.event import Direction

NOTE_SUBJECT: Final = "Case Status Message"  # Walkthrough, 03: exactly these words
LATE: Final = "Late: this message reached casebridge after a newer one of this case had been delivered"
_MARK_PREFIX: Final = "CS-"
_MARK_HEX_DIGITS: Final = 24  # 96 bits: no two messages of a firm will ever share one


@dataclass(frozen=True, slots=True)
class NoteDraft:
    """A note to insert. `text` is HTML; never shared in SmartAdvocate's client portal.

    `type_id` is SmartAdvocate's id of its type, None for the type that SmartAdvocate gives by itself.
    """

    subject: str
    text: str
    dated: datetime
    mark: str
    type_id: str | None = None

    def __repr__(self) -> str:
        return f"NoteDraft(mark={self.mark!r})"


@dataclass(frozen=True, slots=True)
class Note:
    """A note read from SmartAdvocate: its id and its text, HTML or plain.

    `is_shared` is its tick "Shared in Client Portal"; `written_at` (UTC) is None where no time can be read;
    `author` is a name as SmartAdvocate writes it, `author_id` the id of the user who wrote it.
    """

    note_id: str
    text: str
    subject: str = ""
    type_id: str | None = None
    type_name: str = ""
    is_shared: bool = False
    author: str = ""
    author_id: str | None = None
    written_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Note({self.note_id!r})"


def reference_mark(firm_id: str, subject_id: str) -> str:
    """Return the mark by which a note or document of ours is found again: the same for the same message.

    Letters, digits and a hyphen only, so that it survives HTML and plain text alike.
    """
    digest = hashlib.sha256(f"{len(firm_id)}:{firm_id}:{subject_id}".encode()).hexdigest()
    return _MARK_PREFIX + digest[:_MARK_HEX_DIGITS]


def compose_note(message: Mapping[str, Any], zone: ZoneInfo, *, late: bool = False) -> NoteDraft:
    """Turn the `data` of a `message-sent` event into a note, its time shown in the firm's zone.

    `late` says that a newer message of the case is a note already, and the text says so. The text tells the
    direction in words, is escaped so that `<script>` shows as typed, and ends with the reference mark.
    """
    inbound = message["direction"] == Direction.INBOUND
    sent_at = datetime.fromisoformat(message["sent_at"])
    mark = reference_mark(message["firm_id"], message["message_id"])
    lines = [
        "Inbound message (client to firm)" if inbound else "Outbound message (firm to client)",
        f"From: {message['sender_name']} ({message['sender_role']})",
        f"Sent: {sent_at.astimezone(zone).strftime('%Y-%m-%d %H:%M:%S %Z')}",
        *([LATE] if late else []),
        "",
        *message["text"].splitlines(),
    ]
    if message["attachments"]:
        lines += ["", f"Attachments: {', '.join(message['attachments'])}"]
    lines += ["", f"Reference: {mark}"]
    return NoteDraft(NOTE_SUBJECT, "<br>".join(html.escape(line) for line in lines), sent_at, mark)


def find_by_mark(notes: Sequence[Note], mark: str) -> Note | None:
    """Return the first note whose text carries the mark, or None."""
    return next((note for note in notes if mark in note.text), None)
