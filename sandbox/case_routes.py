"""Log-in and cases."""

from __future__ import annotations

import json

from sandbox import paging, rows
from sandbox.answer import Answer, Refusal, array, dump, found
from sandbox.request import Request


def log_in(request: Request) -> Answer:
    """`Users/authenticate`: a token for the right user name and password, else 401 (switch: 400)."""
    body = {key.lower(): value for key, value in request.json_object().items()}
    firm = request.world.firms.get(str(body.get("username")))
    request.known_firm = firm
    refused = request.style("login_rejected")
    if firm is None or refused or body.get("password") != firm.password:
        raise Refusal(400 if request.style("login_400") else 401, "The user name or password is incorrect.")
    token = request.world.tokens.issue(firm.name, request.world.now_s())
    return found({"username": firm.name, "userID": firm.lookups.service_user.user_id, "token": token})


def search_cases(request: Request) -> Answer:
    """`case/byDatePaged`: cases changed in a window, by `modifiedDate` and `caseID`, open and closed."""
    page = paging.asked(request)
    cases = request.firm.cases
    ids, total = _page_of_ids(request, page)
    if not ids and total and request.style("repeat_last_page"):
        page = page._replace(page=paging.last_page(total, page.size))
        ids, total = _page_of_ids(request, page)
    joined = cases.joined(ids)
    if request.style("summary_rows"):
        body = rows.summary(joined)
    else:
        body = rows.whole(joined) if _with_contacts(request) else rows.without_contacts(joined)
    answer = paging.enveloped(request, body, total, page, "cases")
    request.firm.drift.after_search(request.world.now_ms())
    return answer


def _page_of_ids(request: Request, page: paging.Page) -> tuple[list[int], int]:
    cases = request.firm.cases
    if not page.case_numbers:
        return cases.changed(page.from_ms, page.to_ms, page.page, page.size)
    every, _ = cases.changed(page.from_ms, page.to_ms, 0, len(cases))
    wanted = [case_id for case_id in every if cases.number(case_id) in page.case_numbers]
    return wanted[page.page * page.size :][: page.size], len(wanted)


def _with_contacts(request: Request) -> bool:
    """Whether `contact` is filled: where `AddContactInfo=true` asks for it.

    CLIENT CODE for `CaseInfo`; UNVERIFIED for the search and by id (switch `contact_info`: always, never).
    """
    style = request.style("contact_info")
    when = style["when"] if style else "asked"
    return when == "always" or (when == "asked" and request.query.get("addcontactinfo", "").lower() == "true")


def visible_row(request: Request) -> bytes:
    """The stored row of the case in the path. Refuses an unknown or hidden case with 404."""
    row = request.firm.cases.row(request.number)
    if row is None:
        raise Refusal(404, f"Case {request.number} was not found.")
    return row


def case_by_id(request: Request) -> Answer:
    """`case/{id}`: one object; 404 if unknown or hidden."""
    row = visible_row(request)
    return Answer(200, rows.whole(row) if _with_contacts(request) else rows.without_contacts(row))


def case_by_number(request: Request) -> Answer:
    """`case/CaseInfo`: an array even for one hit; a trailing `%` is a wildcard."""
    cases = request.firm.cases
    joined = cases.joined(cases.by_number(request.query.get("casenumber", "")))
    return Answer(
        200, b"[" + (rows.whole(joined) if _with_contacts(request) else rows.without_contacts(joined)) + b"]"
    )


def case_contacts(request: Request) -> Answer:
    """`case/{id}/contacts`: the contact objects of all plaintiffs."""
    case = json.loads(rows.whole(visible_row(request)))
    return Answer(
        200,
        array([dump(person["contact"]) for person in case.get("plaintiffs") or () if "contact" in person]),
    )
