"""Note rows and the answer to an insert (API sheet, section 8)."""

import re
from collections.abc import Iterable
from datetime import UTC
from typing import Any, Final

from adapters.smartadvocate.profile import Profile
from adapters.smartadvocate.wire import BrokenRow, field, identifier, instant, text, truth
from core.message import Note, NoteDraft

_MAX_WORDS: Final = 500  # characters of a subject or a name
_MAX_TEXT: Final = (
    1_000_000  # characters of a note: the longest of ours, with its mark at the end, is far below
)
# In a row that cannot be parsed, so that it can be named, and told from those that are nobody's business.
_ID: Final = re.compile(r'"noteID"\s*:\s*"?([0-9]{1,18})(?![0-9.eE])', re.IGNORECASE)
_TICK: Final = re.compile(r'"isSharedinCP"\s*:\s*([^\s,}]+)', re.IGNORECASE)
_TYPE: Final = re.compile(r'"noteTypeName"\s*:\s*"([^"\\]{0,500})"', re.IGNORECASE)
_SUBJECT: Final = re.compile(r'"subject"\s*:\s*"([^"\\]{0,500})"', re.IGNORECASE)
_DATE: Final = re.compile(r'"createdDate"\s*:\s*"([^"\\]{1,40})"', re.IGNORECASE)


def read_notes(rows: Iterable[Any], profile: Profile) -> list[Note]:
    """Read the notes of a case. Text stays as it is, HTML or plain: reference marks survive both.

    A row without a usable id is kept with the id "", and so is one that cannot be parsed, with what is the
    matter: its text may carry the mark that forbids a repeat, or be meant for a client.
    """
    notes = []
    for row in rows:
        if isinstance(row, BrokenRow):
            notes.append(_broken(row, profile))
        elif isinstance(row, dict) and (content := field(row, "noteText")) is not None:
            notes.append(_note(row, content, profile))
    return notes


def _note(row: dict[str, Any], content: Any, profile: Profile) -> Note:
    created = instant(field(row, "createdDate"), profile.zone)
    words = content[:_MAX_TEXT] if isinstance(content, str) else text(content, _MAX_WORDS)
    problem = None if words or isinstance(content, str) else "noteText is no text"
    tick = field(row, "isSharedinCP")
    # What is meant for a client is told by true alone. But who ticked it is told that we did not understand.
    is_odd = not isinstance(tick, bool) and truth(tick) is not False
    if is_odd:
        problem = "isSharedinCP is neither true nor false"
    return Note(
        identifier(field(row, "noteID")) or "",
        words,
        subject=text(field(row, "subject"), _MAX_WORDS),
        type_id=identifier(field(row, "noteTypeID")),
        type_name=text(field(row, "noteTypeName"), _MAX_WORDS),
        is_shared=tick is True or is_odd,
        author=text(field(row, "uniqueContactName"), _MAX_WORDS).strip(),
        author_id=identifier(field(row, "userID")),
        written_at=created or instant(field(row, "noteDate"), profile.zone),
        problem=problem,
    )


def _broken(row: BrokenRow, profile: Profile) -> Note:
    words = row.words
    known, tick, kind, dated = (name.search(words) for name in (_ID, _TICK, _TYPE, _DATE))
    subject = _SUBJECT.search(words)
    return Note(
        identifier(known[1]) or "" if known else "",
        words,
        subject=subject[1] if subject else "",
        type_name=kind[1] if kind else "",
        is_shared=tick is None or truth(tick[1].strip('"')) is not False,
        written_at=instant(dated[1], profile.zone) if dated else None,
        problem=f"the row cannot be parsed: {row.problem}",
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
