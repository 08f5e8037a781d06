"""Control routes that read and change cases as people in SmartAdvocate would."""

from __future__ import annotations

from starlette.responses import Response

from sandbox import rows
from sandbox.answer import Refusal, dump, found, raw
from sandbox.call import ControlCall

IMPORTABLE = "importable"
_NEVER_MS = 1 << 41
_ACTIONS = ("advance", "close", "reopen", "touch", "hidden", "bump", "status")


def dump_cases(call: ControlCall) -> Response:
    """Cases as they are now, with contacts, by `caseID`: `{"total", "next_after", "cases"}`.

    `limit` rows after id `after`; `ids=1` gives ids instead of rows; `kind` narrows to importable cases or
    to a reason; `from` and `to` narrow by modification; `hidden=1` shows hidden cases too.
    """
    cases = call.firm.cases
    chosen = cases.ids() if call.query.get("hidden") == "1" else cases.visible_ids()
    if kind := call.query.get("kind"):
        chosen = [i for i in chosen if (cases.defect(i) or IMPORTABLE) == kind]
    low, high = call.moment_ms("from", 0), call.moment_ms("to", _NEVER_MS)
    chosen = sorted(i for i in chosen if low <= cases.modified_ms(i) <= high)
    after, limit = call.count("after", 0), call.count("limit", 1000)
    shown = [i for i in chosen if i > after][:limit]
    last = shown[-1] if shown and shown[-1] != chosen[-1] else None
    head = f'{{"total":{len(chosen)},"next_after":{dump(last).decode()},"cases":'.encode()
    if call.query.get("ids") == "1":
        return raw(head + dump(shown) + b"}")
    return raw(head + b"[" + rows.whole(cases.joined(shown)) + b"]}")


def create(call: ControlCall) -> Response:
    """Opens an importable case and answers with its row."""
    return _row(call, call.firm.cases.create(call.world.now_ms()))


def change(call: ControlCall) -> Response:
    """Changes a case and answers with its row."""
    cases, case_id, now_ms = call.firm.cases, _known(call), call.world.now_ms()
    wanted = call.json_object()
    fields = {name: value for name, value in wanted.items() if name not in _ACTIONS}
    try:
        if "hidden" in wanted:
            cases.hide(case_id, hidden=bool(wanted["hidden"]))
        if wanted.get("advance"):
            cases.advance(case_id, now_ms)
        if wanted.get("close"):
            cases.close(case_id, now_ms)
        if wanted.get("reopen"):
            cases.reopen(case_id, now_ms, wanted.get("status"))
        elif "status" in wanted:
            fields["caseStatus"] = wanted["status"]
        if fields or wanted.get("touch"):
            cases.change(case_id, fields, now_ms, bump=bool(wanted.get("bump", True)))
    except (ValueError, KeyError) as error:
        raise Refusal(409, f"case {case_id} cannot be changed so: {error}") from None
    return _row(call, case_id)


def put_raw(call: ControlCall) -> Response:
    """Stores the body as a case's row, byte for byte."""
    try:
        call.firm.cases.put_raw(call.number, call.body, call.moment_ms("modified", call.world.now_ms()))
    except ValueError as error:
        raise Refusal(400, str(error)) from None
    return found({"caseID": call.number, "bytes": len(call.body)})


def delete(call: ControlCall) -> Response:
    """Makes a case vanish."""
    call.firm.cases.delete(_known(call))
    return found({"deleted": call.number})


def _known(call: ControlCall) -> int:
    if not call.firm.cases.knows(call.number):
        raise Refusal(404, f"firm {call.firm.name} has no case {call.number}")
    return call.number


def _row(call: ControlCall, case_id: int) -> Response:
    return raw(rows.whole(call.firm.cases.joined([case_id])))
