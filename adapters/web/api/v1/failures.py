"""What the API answers where a use case or the request itself fails: a status and a problem."""

from collections.abc import Mapping
from datetime import timedelta
from math import ceil
from types import MappingProxyType
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from adapters.web.api.api_words import WORDS, where_listed
from adapters.web.api.authorization import lacks_scope
from adapters.web.api.problems import problem
from core.actor import Power
from core.errors import CasebridgeError, ErrorClass, FieldFault
from core.reason import Reason

_LATER: Final = timedelta(seconds=5)  # where an error that passes says no time of its own
_MOST_FAULTS: Final = 50

_STATUS: Final[Mapping[Reason, int]] = MappingProxyType(
    {
        Reason.NOT_ALLOWED: 403,
        Reason.FIRM_NOT_ALLOWED: 403,
        Reason.NOT_FOUND: 404,
        Reason.FIRM_UNKNOWN: 404,
        Reason.CASE_NOT_FOUND: 404,
        Reason.POSITION_GONE: 410,
        Reason.SETTINGS_OUTDATED: 412,
        Reason.CASES_WOULD_BREAK: 409,
        Reason.STILL_CONNECTED: 409,
        Reason.ENDS_BY_ITSELF: 409,
        Reason.FIRM_MOVED: 409,
        Reason.MOVE_UNDER_WAY: 409,
        Reason.ALREADY_DECIDED: 409,
        Reason.ACCOUNT_OF_ANOTHER_FIRM: 409,
        Reason.TEXT_PURGED: 409,
        Reason.KEY_IN_USE: 409,
        Reason.ANSWER_TOLD: 409,
        Reason.KEY_REUSED: 422,
        Reason.CONFIGURATION: 422,
        Reason.UNEXPECTED_ERROR: 500,
        Reason.DATABASE_REFUSED: 500,
        Reason.SERVER_NOT_SET: 500,
        Reason.ENCRYPTION_KEY_MISSING: 500,
        Reason.ROLE_MISSING: 500,
        Reason.UNREADABLE_ANSWER: 502,
    }
)
_BY_CLASS: Final[Mapping[ErrorClass, int]] = MappingProxyType(
    {ErrorClass.TRANSIENT: 503, ErrorClass.NEEDS_PERSON: 409, ErrorClass.PERMANENT: 422}
)


def status_of(error: CasebridgeError) -> int:
    """Return the status of an error of ours."""
    return _STATUS.get(error.reason, _BY_CLASS[error.error_class])


def failed(error: CasebridgeError) -> JSONResponse:
    """Answer with what kept a use case from doing it."""
    status = status_of(error)
    headers: dict[str, str] = {}
    if status == 403 and error.facts.limit in tuple(Power):
        headers["WWW-Authenticate"] = lacks_scope(Power(error.facts.limit))
    if status == 503 or error.retry_after is not None:
        headers["Retry-After"] = str(max(1, ceil((error.retry_after or _LATER).total_seconds())))
    about = {"firm_id": error.facts.firm_id, "case_integration_id": error.facts.case_id}
    members: dict[str, Any] = {name: value for name, value in about.items() if value is not None}
    if error.facts.thing is not None:
        step = where_listed(error.facts.thing, error.facts.firm_id)
        members |= {} if step is None else {"next_step": step}
    # Which machine the store is on is nobody's business outside.
    inside = error.reason is Reason.DATABASE_UNAVAILABLE
    detail = WORDS[error.reason].what.lower() if inside else str(error)
    return problem(status, error.reason, detail, headers=headers, **members)


def malformed(error: RequestValidationError) -> JSONResponse:
    """Answer with the fields of the request that are wrong: never with what they hold.

    400 for a body that is no JSON, else 422.
    """
    faults = [_fault(found) for found in error.errors()[:_MOST_FAULTS]]
    is_json = all(found["type"] != "json_invalid" for found in error.errors())
    detail = "; ".join(f"{fault.field}: {fault.detail}" for fault in faults[:3])
    return problem(422 if is_json else 400, Reason.MALFORMED, detail, faults=faults)


def _fault(found: Mapping[str, Any]) -> FieldFault:
    place = [str(part) for part in found["loc"] if part not in {"body", "query", "path", "header"}]
    field = ".".join(place) or "body"
    if found["type"] == "json_invalid":
        return FieldFault("body", "it is not JSON", Reason.MALFORMED)
    return FieldFault(field[:200], str(found["msg"])[:200], Reason.MALFORMED)
