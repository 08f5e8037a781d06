"""Control routes by which staff of a firm write, change, share and delete notes."""

from __future__ import annotations

from typing import Any

from sandbox.answer import Answer, Refusal, found
from sandbox.control_request import ControlRequest

_FIELDS = (
    "noteText",
    "noteTypeName",
    "subject",
    "isSharedinCP",
    "isSharedWithAll",
    "createdDate",
    "noteDate",
)


def write(request: ControlRequest) -> Answer:
    """Writes a note and answers with its row."""
    body = request.json_object()
    case_id = body.pop("caseID", 0)
    if not isinstance(case_id, int) or not request.firm.cases.knows(case_id):
        raise Refusal(404, f"firm {request.firm.name} has no case {case_id!r}")
    fields = _checked(request, body)
    return found(request.firm.notes.write(case_id, fields, request.world.now_ms()))


def edit(request: ControlRequest) -> Answer:
    """Changes a note and answers with its row."""
    fields = _checked(request, request.json_object())
    try:
        return found(request.firm.notes.edit(request.number, fields, request.world.now_ms()))
    except KeyError:
        raise _unknown(request) from None


def delete(request: ControlRequest) -> Answer:
    """Makes a note of staff vanish."""
    if request.firm.notes.by_staff.pop(request.number, None) is None:
        raise _unknown(request)
    return found({"deleted": request.number})


def _checked(request: ControlRequest, body: dict[str, Any]) -> dict[str, Any]:
    strange = sorted(set(body) - set(_FIELDS))
    if strange:
        raise Refusal(400, f"a note has no {strange[0]}; those to set are {', '.join(_FIELDS)}")
    if body.get("noteTypeName", "Plaintiff") not in request.firm.lookups.note_types:
        raise Refusal(400, f"noteTypeName must be one of {', '.join(request.firm.lookups.note_types)}")
    return body


def _unknown(request: ControlRequest) -> Refusal:
    return Refusal(404, f"firm {request.firm.name} has no note {request.number} that staff can change")
