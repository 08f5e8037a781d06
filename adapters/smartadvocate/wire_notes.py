"""Note rows and the answer to an insert (API sheet, section 8)."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any, Final

from adapters.smartadvocate.profile import Profile
from adapters.smartadvocate.wire import BrokenRow, field, identifier, instant, text
from core.message import Note, NoteDraft

_MAX_WORDS: Final = 500  # characters of a subject or a name
_MAX_TEXT: Final = (
    1_000_000  # characters of a note: the longest of ours, with its mark at the end, is far below
)


def read_notes(rows: Iterable[Any], profile: Profile) -> list[Note]:
    """Read the notes of a case. Text stays as it is, HTML or plain: reference marks survive both.

    A row without a usable id is kept with the id "", and so is one that cannot be parsed: its text may carry
    the mark that forbids a repeat.
    """
    notes = []
    for row in rows:
        if isinstance(row, BrokenRow):
            notes.append(Note("", row.words))
        elif isinstance(row, dict) and isinstance(content := field(row, "noteText"), str):
            notes.append(_note(row, content[:_MAX_TEXT], profile))
    return notes


def _note(row: dict[str, Any], content: str, profile: Profile) -> Note:
    created = instant(field(row, "createdDate"), profile.zone)
    return Note(
        identifier(field(row, "noteID")) or "",
        content,
        subject=text(field(row, "subject"), _MAX_WORDS),
        type_id=identifier(field(row, "noteTypeID")),
        type_name=text(field(row, "noteTypeName"), _MAX_WORDS),
        is_shared=field(row, "isSharedinCP") is True,
        author=text(field(row, "uniqueContactName"), _MAX_WORDS).strip(),
        author_id=identifier(field(row, "userID")),
        written_at=created or instant(field(row, "noteDate"), profile.zone),
    )


def write_note(draft: NoteDraft) -> dict[str, Any]:
    """Return the insert body, UNVERIFIED (API sheet, section 8); never shared in the client portal."""
    body = {
        "subject": draft.subject,
        "noteText": draft.text,
        "noteDate": draft.dated.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
        "priority": "Normal",
        "isSharedinCP": False,
        "isSharedWithAll": False,
    }
    if draft.type_id is not None:
        body["noteTypeID"] = int(draft.type_id)
    return body


def inserted_id(answer: Any) -> str | None:
    """Return the id from the full row, `{noteID}`, a list of one such, or a bare number; else None."""
    if isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]
    return identifier(field(answer, "noteID") if isinstance(answer, dict) else answer)
