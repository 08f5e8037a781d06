"""Control routes that say what is expected and what was received."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.answer import found
from sandbox.call import ControlCall
from sandbox.dates import iso_ms
from sandbox.world import Firm


def expected(call: ControlCall) -> Response:
    """`{"seed", "firms": {name: {cases, importable, reasons…, importable_closed, changed_within_30_days,
    hidden}}}`.
    """
    now_ms = call.world.now_ms()
    counts = {firm.name: firm.cases.expected(now_ms) for firm in call.firms}
    return found({"seed": call.world.options.seed, "firms": counts})


def report(call: ControlCall) -> Response:
    """Counts; and unless `notes=0` all notes and documents received, by firm and case, in the order of
    their coming.

    A note: `{noteID, receivedAt, subject, mark}`; a document: `{documentID, receivedAt, name, size, sha256,
    mark}`. `mark` is the last line of the text. Requests are those of all firms, `load` tells them apart.
    `notes_duplicated` counts each note whose case had one with the same mark before, `documents_duplicated`
    each such document.
    """
    firms = call.firms
    only = call.count("case", 0)
    summary: dict[str, Any] = {
        "notes_written": sum(firm.notes.written for firm in firms),
        "notes_duplicated": sum(firm.notes.duplicated for firm in firms),
        "cases_with_notes": sum(len(firm.notes.inserted) for firm in firms),
        "documents_written": sum(firm.documents.written for firm in firms),
        "documents_duplicated": sum(firm.documents.duplicated for firm in firms),
        **call.world.counts.as_json(),
        "oauth": call.world.oauth.as_json()["grants"],
    }
    if call.query.get("notes") != "0":
        summary["notes"] = {firm.name: _notes(firm, only) for firm in firms}
        summary["documents"] = {firm.name: _documents(firm, only) for firm in firms}
    return found(summary)


def _notes(firm: Firm, only: int) -> dict[str, list[dict[str, Any]]]:
    return {
        str(case_id): [
            {
                "noteID": note.note_id,
                "receivedAt": iso_ms(note.received_ms),
                "subject": note.subject,
                "mark": note.mark,
            }
            for note in notes
        ]
        for case_id, notes in firm.notes.inserted.items()
        if only in (0, case_id)
    }


def _documents(firm: Firm, only: int) -> dict[str, list[dict[str, Any]]]:
    return {
        str(case_id): [
            {
                "documentID": upload.document_id,
                "receivedAt": iso_ms(upload.received_ms),
                "name": upload.name,
                "size": upload.size,
                "sha256": upload.sha256,
                "mark": upload.mark,
            }
            for upload in uploads
        ]
        for case_id, uploads in firm.documents.uploads.items()
        if only in (0, case_id)
    }
