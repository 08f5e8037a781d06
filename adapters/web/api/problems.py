"""What the API answers where it does not do what was asked: a problem (RFC 9457), with the reason of ours."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.responses import JSONResponse

from adapters.web.api.api_words import STATUS_WORDS, WORDS
from adapters.web.auth.strangers import UnauthorizedError
from core.errors import FieldFault
from core.reason import Reason


def problem(
    status: int,
    reason: Reason,
    detail: str,
    *,
    faults: Sequence[FieldFault] = (),
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> JSONResponse:
    """Answer with a problem. `faults` are the fields that are wrong; `members` stand beside the usual."""
    content = problem_members(status, reason, detail, faults) | members
    return JSONResponse(content, status, headers, media_type="application/problem+json")


def problem_members(
    status: int, reason: Reason, detail: str, faults: Sequence[FieldFault] = ()
) -> dict[str, Any]:
    """Return the members of a problem: those of RFC 9457, the reason, and what the caller can do."""
    words = WORDS[reason]
    members: dict[str, Any] = {
        "type": "about:blank",
        "status": status,
        "title": words.what,
        "detail": detail,
        "reason": reason.value,
        "next_step": words.next_step,
    }
    if faults:
        members["errors"] = [
            {"field": fault.field, "detail": fault.detail, "reason": fault.reason.value} for fault in faults
        ]
    return members


def stranger(error: UnauthorizedError) -> JSONResponse:
    """Answer who is not known."""
    headers = {"WWW-Authenticate": error.challenge}
    return problem(error.status, Reason.NOT_ALLOWED, error.detail, headers=headers)


def status_problem(
    status: int,
    detail: str | None = None,
    *,
    answered: int | None = None,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> JSONResponse:
    """Answer with what HTTP itself says of a request that reached no use case (`api_words.STATUS_WORDS`).

    `answered` is the status where the words are those of another.
    """
    reason, words = STATUS_WORDS[status]
    told = detail or words.what.lower()
    return problem_of(
        answered or status, reason, words.what, told, words.next_step, headers=headers, **members
    )


def problem_of(
    status: int,
    reason: str,
    title: str,
    detail: str,
    next_step: str,
    *,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> JSONResponse:
    """Answer with a problem of these words."""
    content = {
        "type": "about:blank",
        "status": status,
        "title": title,
        "detail": detail,
        "reason": reason,
        "next_step": next_step,
        **members,
    }
    return JSONResponse(content, status, headers, media_type="application/problem+json")
