"""Control routes by which staff of a firm write, change, share and delete notes."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.answer import Refusal, found
from sandbox.call import ControlCall

_FIELDS = (
    "noteText",
    "noteTypeName",
    "subject",
    "isSharedinCP",
    "isSharedWithAll",
    "createdDate",
    "noteDate",
)


def write(call: ControlCall) -> Response:
    """Writes a note and answers with its row."""
    body = call.json_object()
    case_id = body.pop("caseID", 0)
    if not isinstance(case_id, int) or not call.firm.cases.knows(case_id):
        raise Refusal(404, f"firm {call.firm.name} has no case {case_id!r}")
    fields = _checked(call, body)
    return found(call.firm.notes.write(case_id, fields, call.world.now_ms()))


def edit(call: ControlCall) -> Response:
    """Changes a note and answers with its row."""
    fields = _checked(call, call.json_object())
    try:
        return found(call.firm.notes.edit(call.number, fields, call.world.now_ms()))
    except KeyError:
        raise _unknown(call) from None


def delete(call: ControlCall) -> Response:
    """Makes a note of staff vanish."""
    if call.firm.notes.by_staff.pop(call.number, None) is None:
        raise _unknown(call)
    return found({"deleted": call.number})


def _checked(call: ControlCall, body: dict[str, Any]) -> dict[str, Any]:
    strange = sorted(set(body) - set(_FIELDS))
    if strange:
        raise Refusal(400, f"a note has no {strange[0]}; those to set are {', '.join(_FIELDS)}")
    if body.get("noteTypeName", "Plaintiff") not in call.firm.lookups.note_types:
        raise Refusal(400, f"noteTypeName must be one of {', '.join(call.firm.lookups.note_types)}")
    return body


def _unknown(call: ControlCall) -> Refusal:
    return Refusal(404, f"firm {call.firm.name} has no note {call.number} that staff can change")
