"""Control routes that read and change cases as people in SmartAdvocate would."""

from __future__ import annotations

from sandbox import rows
from sandbox.answer import Answer, Refusal, dump, found
from sandbox.control_request import ControlRequest

IMPORTABLE = "importable"
_NEVER_MS = 1 << 41
_ACTIONS = ("close", "reopen", "touch", "hidden", "bump", "status")


def dump_cases(request: ControlRequest) -> Answer:
    """Cases as they are now, with contacts, by `caseID`: `{"total", "next_after", "cases"}`.

    `limit` rows after id `after`; `ids=1` gives ids instead of rows; `kind` narrows to importable cases or
    to a reason; `from` and `to` narrow by modification; `hidden=1` shows hidden cases too.
    """
    cases = request.firm.cases
    chosen = cases.ids() if request.query.get("hidden") == "1" else cases.visible_ids()
    if kind := request.query.get("kind"):
        chosen = [i for i in chosen if (cases.defect(i) or IMPORTABLE) == kind]
    low, high = request.moment_ms("from", 0), request.moment_ms("to", _NEVER_MS)
    chosen = sorted(i for i in chosen if low <= cases.modified_ms(i) <= high)
    after, limit = request.count("after", 0), request.count("limit", 1000)
    shown = [i for i in chosen if i > after][:limit]
    last = shown[-1] if shown and shown[-1] != chosen[-1] else None
    head = f'{{"total":{len(chosen)},"next_after":{dump(last).decode()},"cases":'.encode()
    if request.query.get("ids") == "1":
        return Answer(200, head + dump(shown) + b"}")
    return Answer(200, head + b"[" + rows.whole(cases.joined(shown)) + b"]}")


def create(request: ControlRequest) -> Answer:
    """Creates a case and answers with its row."""
    try:
        case_id = request.firm.cases.create(request.world.now_ms(), request.json_object())
    except ValueError as error:
        raise Refusal(409, str(error)) from None
    return _row(request, case_id)


def change(request: ControlRequest) -> Answer:
    """Changes a case and answers with its row."""
    cases, case_id, now_ms = request.firm.cases, _known(request), request.world.now_ms()
    wanted = request.json_object()
    fields = {name: value for name, value in wanted.items() if name not in _ACTIONS}
    try:
        if "hidden" in wanted:
            cases.hide(case_id, hidden=bool(wanted["hidden"]))
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
    return _row(request, case_id)


def put_raw(request: ControlRequest) -> Answer:
    """Stores the body as a case's row, byte for byte."""
    try:
        request.firm.cases.put_raw(
            request.number, request.body, request.moment_ms("modified", request.world.now_ms())
        )
    except ValueError as error:
        raise Refusal(400, str(error)) from None
    return found({"caseID": request.number, "bytes": len(request.body)})


def delete(request: ControlRequest) -> Answer:
    """Makes a case vanish."""
    request.firm.cases.delete(_known(request))
    return found({"deleted": request.number})


def rename_status(request: ControlRequest) -> Answer:
    """Renames a status in the look-up and all rows."""
    body = request.json_object()
    old, new = body.get("from"), body.get("to")
    if not isinstance(old, str) or not isinstance(new, str) or old not in request.firm.lookups.statuses:
        raise Refusal(400, f"from must be one of {', '.join(request.firm.lookups.statuses)}; to must be text")
    return found({"changed": request.firm.cases.rename_status(old, new)})


def _known(request: ControlRequest) -> int:
    if not request.firm.cases.knows(request.number):
        raise Refusal(404, f"firm {request.firm.name} has no case {request.number}")
    return request.number


def _row(request: ControlRequest, case_id: int) -> Answer:
    return Answer(200, rows.whole(request.firm.cases.joined([case_id])))
