"""Notes: two lists and the insert, whose path, body and answer are UNVERIFIED."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.answer import Refusal, array, found, raw
from sandbox.call import Call
from sandbox.case_routes import visible_row
from sandbox.dates import parse_ms

PRIORITIES = ("Normal", "High", "Low")


def list_notes(call: Call) -> Response:
    """`case/{id}/notes`: a bare array, newest first."""
    visible_row(call)
    return _listed(call, call.number)


def notes_by_number(call: Call) -> Response:
    """`case/notes/byCaseNumber`: the same by number; `[]` for a case without notes (switch: 404)."""
    ids = call.firm.cases.by_number(call.query.get("casenumber", "").removesuffix("%"))
    if not ids:
        raise Refusal(404, "The case was not found.")
    return _listed(call, ids[0])


def _listed(call: Call, case_id: int) -> Response:
    notes = call.firm.notes.of_case(case_id)
    if not notes and call.style("notes_404_when_empty"):
        raise Refusal(404, "No notes were found.")
    return array(notes)


def insert_note(call: Call) -> Response:
    """`POST case/{id}/notes`: stores the note and answers with its row (switches: `note_answer`,
    `empty_200`).
    """
    visible_row(call)
    firm, now_ms = call.firm, call.world.now_ms()
    note = firm.notes.insert(call.number, _checked(call, now_ms), now_ms)
    if call.style("note_bumps_case"):
        firm.cases.touch(call.number, now_ms)
    style = call.style("note_answer")
    shape = style["shape"] if style else "row"
    if shape == "note_id":
        return found({"noteID": note.note_id})
    if shape == "number":
        return found(note.note_id)
    return raw(b"" if shape == "empty" else note.row)


def _checked(call: Call, now_ms: int) -> dict[str, Any]:
    """The body's fields with defaults. Refuses with 400 what the sandbox takes for a mistake."""
    body = call.json_object()
    text, subject = body.get("noteText"), body.get("subject") or ""
    if not isinstance(text, str) or not text:
        raise Refusal(400, "noteText is required.")
    if not isinstance(subject, str):
        raise Refusal(400, "subject must be text.")
    note_types = call.firm.lookups.note_types
    type_id = body.get("noteTypeID") or note_types["Case"]
    type_name = call.firm.lookups.note_type_name(type_id)
    if type_name is None:
        raise Refusal(400, f"noteTypeID {type_id} is no note type of this firm.")
    priority = body.get("priority", PRIORITIES[0])
    if priority not in PRIORITIES:
        raise Refusal(400, f"priority must be one of {', '.join(PRIORITIES)}.")
    given = body.get("noteDate")
    try:
        note_ms = now_ms if given is None else parse_ms(given)
    except (TypeError, ValueError, OverflowError):
        raise Refusal(400, "noteDate must be a date and time.") from None
    return {
        "noteText": text,
        "subject": subject,
        "noteTypeID": type_id,
        "noteTypeName": type_name,
        "priority": priority,
        "note_ms": note_ms,
        "isSharedinCP": body.get("isSharedinCP") is True,
        "isSharedWithAll": body.get("isSharedWithAll") is True,
    }
