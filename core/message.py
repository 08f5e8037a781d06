"""A message between client and firm, and the SmartAdvocate note it becomes."""

import hashlib
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from core.instant import shown_in
from core.marked import Marked
from core.storable import printable

NOTE_SUBJECT: Final = "Case Status Message"  # Walkthrough, 03: exactly these words
LATE: Final = "Late: this message reached casebridge after a newer one of this case had been delivered"
Key = TypeVar("Key")
_MARK_PREFIX: Final = "CS-"
_MARK_HEX_DIGITS: Final = 24  # 96 bits: no two messages of a firm will ever share one


class Direction(StrEnum):
    """Inbound is from the client to the firm, outbound from the firm's staff to the client."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class SenderRole(StrEnum):
    """On which side the sender stands."""

    CLIENT = "client"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class MessageSent:
    """A message that was sent in Case Status at `sent_at` (UTC); `attachments` are file names.

    `origin_note_id` is SmartAdvocate's id of the shared note that it was born from, if it was.
    """

    firm_id: str
    case_integration_id: str
    message_id: str
    direction: Direction
    sender_name: str
    sender_role: SenderRole
    text: str
    sent_at: datetime
    attachments: tuple[str, ...] = ()
    origin_note_id: str | None = None

    @property
    def subject_id(self) -> str:
        """The message's id, unique in the firm."""
        return self.message_id

    @property
    def occurred_at(self) -> datetime:
        """When it was sent, in UTC."""
        return self.sent_at

    def to_data(self) -> dict[str, Any]:
        """Return the JSON-ready form that is stored, and whose meaning the digest is of."""
        data = {
            "firm_id": self.firm_id,
            "case_integration_id": self.case_integration_id,
            "message_id": self.message_id,
            "direction": self.direction.value,
            "sender_name": self.sender_name,
            "sender_role": self.sender_role.value,
            "text": self.text,
            "sent_at": self.sent_at.isoformat(),
            "attachments": list(self.attachments),
        }
        if self.origin_note_id is not None:  # absent otherwise, so that older digests hold
            data["origin_note_id"] = self.origin_note_id
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "MessageSent":
        """Read what `to_data` wrote; what was removed of it since is empty."""
        return cls(
            data["firm_id"],
            data["case_integration_id"],
            data["message_id"],
            Direction(data["direction"]),
            data.get("sender_name", ""),
            SenderRole(data["sender_role"]),
            data.get("text", ""),
            datetime.fromisoformat(data["sent_at"]),
            tuple(data.get("attachments", ())),
            data.get("origin_note_id"),
        )

    def __repr__(self) -> str:
        return f"MessageSent(firm={self.firm_id!r}, message={self.message_id!r})"


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
    `author` is a name as SmartAdvocate writes it, `author_id` the id of the user who wrote it. `problem` is
    why the note as a whole cannot be read: then the rest is what could be told all the same, and a tick that
    could not counts as set.
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
    problem: str | None = None

    def __repr__(self) -> str:
        return f"Note({self.note_id!r})"


def reference_mark(firm_id: str, subject_id: str) -> str:
    """Return the mark by which a note or document of ours is found again: the same for the same message.

    Letters, digits and a hyphen only, so that it survives HTML and plain text alike.
    """
    digest = hashlib.sha256(f"{len(firm_id)}:{firm_id}:{subject_id}".encode()).hexdigest()
    return _MARK_PREFIX + digest[:_MARK_HEX_DIGITS]


def compose_note(message: MessageSent, zone: ZoneInfo, *, late: bool = False) -> NoteDraft:
    """Turn a message into a note, its time shown in the firm's zone.

    `late` says that a newer message of the case is a note already, and the text says so. The text tells the
    direction in words, is escaped so that `<script>` shows as typed, and ends with the reference mark. Names
    stand on one line and hide nothing: they might reverse what stands behind them.
    """
    inbound = message.direction is Direction.INBOUND
    mark = reference_mark(message.firm_id, message.message_id)
    lines = [
        "Inbound message (client to firm)" if inbound else "Outbound message (firm to client)",
        f"From: {printable(message.sender_name).strip() or 'somebody'} ({message.sender_role})",
        f"Sent: {shown_in(message.sent_at, zone)}",
        *([LATE] if late else []),
        "",
        *message.text.splitlines(),
    ]
    if message.attachments:
        lines += ["", f"Attachments: {', '.join(map(printable, message.attachments))}"]
    lines += ["", f"Reference: {mark}"]
    text = "<br>".join(html.escape(line) for line in lines)
    return NoteDraft(NOTE_SUBJECT, text, message.sent_at, mark)


def find_by_mark(notes: Sequence[Note], mark: str) -> Note | None:
    """Return the first note whose text carries the mark, one with an id before one without, or None."""
    return find_by_marks(notes, {mark: mark}).get(mark)


def find_by_marks(notes: Sequence[Note], marks: Mapping[Key, str]) -> dict[Key, Note]:
    """Return what `find_by_mark` finds, for those of the marks that it finds."""
    texts = Marked(note.text for note in notes)
    found = {}
    for key, mark in marks.items():
        if places := texts.places(mark):
            found[key] = notes[next((place for place in places if notes[place].note_id), places[0])]
    return found
