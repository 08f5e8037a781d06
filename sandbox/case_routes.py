"""Log-in and cases."""

from __future__ import annotations

from starlette.responses import Response

from sandbox import paging, rows
from sandbox.answer import Refusal, found, raw
from sandbox.call import Call


def log_in(call: Call) -> Response:
    """`Users/authenticate`: a token for the right user name and password, else 401 (switch: 400)."""
    body = {key.lower(): value for key, value in call.json_object().items()}
    firm = call.world.firms.get(str(body.get("username")))
    call.firm_name = firm.name if firm else None
    refused = call.style("login_rejected")
    if firm is None or refused or body.get("password") != firm.password:
        raise Refusal(400 if call.style("login_400") else 401, "The user name or password is incorrect.")
    token = call.world.tokens.issue(firm.name, call.world.now_s())
    return found({"username": firm.name, "userID": firm.lookups.service_user.user_id, "token": token})


def search_cases(call: Call) -> Response:
    """`case/byDatePaged`: cases changed in a window, by `modifiedDate` and `caseID`, open and closed."""
    page = paging.asked(call)
    cases = call.firm.cases
    ids, total = _page_of_ids(call, page)
    if not ids and total and call.style("repeat_last_page"):
        page = page._replace(page=paging.last_page(total, page.size))
        ids, total = _page_of_ids(call, page)
    joined = cases.joined(ids)
    if call.style("summary_rows"):
        body = rows.summary(joined)
    else:
        body = rows.whole(joined) if _with_contacts(call) else rows.without_contacts(joined)
    answer = paging.enveloped(call, body, total, page, "cases")
    call.firm.drift.after_search(call.world.now_ms())
    return answer


def _page_of_ids(call: Call, page: paging.Page) -> tuple[list[int], int]:
    cases = call.firm.cases
    order = call.style("order")
    if not page.case_numbers and not page.by_id and order is None:
        return cases.changed(page.from_ms, page.to_ms, page.page, page.size)
    wanted, _ = cases.changed(page.from_ms, page.to_ms, 0, len(cases))
    if page.case_numbers:
        wanted = [case_id for case_id in wanted if cases.number(case_id) in page.case_numbers]
    _put_in_order(call, wanted, order["style"] if order else "sorted", by_id=page.by_id)
    return wanted[page.page * page.size :][: page.size], len(wanted)


def _put_in_order(call: Call, ids: list[int], style: str, *, by_id: bool) -> None:
    """Sort ids that come by time, then id, as it was asked for, or as a server without that order would."""
    cases = call.firm.cases
    if style in {"ties_at_random", "at_random"}:
        call.world.shuffle(ids)
    if style in {"ties_at_random", "ties_at_random_but_by_id"}:
        if style == "ties_at_random_but_by_id" and not by_id:
            call.world.shuffle(ids)
        ids.sort(key=cases.modified_ms)
    if style == "by_id" or (by_id and style in {"sorted", "ties_at_random_but_by_id"}):
        ids.sort()
    if style == "newest_first":
        ids.reverse()


def _with_contacts(call: Call) -> bool:
    """Whether `contact` is filled: where `AddContactInfo=true` asks for it.

    CLIENT CODE for `CaseInfo`; UNVERIFIED for the search and by id (switch `contact_info`: always, never).
    """
    style = call.style("contact_info")
    when = style["when"] if style else "asked"
    return when == "always" or (when == "asked" and call.query.get("addcontactinfo", "").lower() == "true")


def visible_row(call: Call) -> bytes:
    """The stored row of the case in the path. Refuses an unknown or hidden case with 404."""
    row = call.firm.cases.row(call.number)
    if row is None:
        raise Refusal(404, f"Case {call.number} was not found.")
    return row


def case_by_id(call: Call) -> Response:
    """`case/{id}`: one object; 404 if unknown or hidden."""
    row = visible_row(call)
    return raw(rows.whole(row) if _with_contacts(call) else rows.without_contacts(row))


def case_by_number(call: Call) -> Response:
    """`case/CaseInfo`: an array even for one hit; a trailing `%` is a wildcard."""
    cases = call.firm.cases
    joined = cases.joined(cases.by_number(call.query.get("casenumber", "")))
    return raw(b"[" + (rows.whole(joined) if _with_contacts(call) else rows.without_contacts(joined)) + b"]")
