"""`POST /v1/events`: what Case Status would send through the broker, over HTTP."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request, Response, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from prometheus_client import CollectorRegistry, Counter

from adapters.web.api.authorization import lacks_scope, who_by_key
from adapters.web.api.event_request import (
    MAX_BATCH_EVENTS,
    WHOLE_BODY,
    EventRequest,
    UnknownFormatError,
    event_request,
)
from adapters.web.api.event_schema import CHECKED, REQUEST_BODY, RESPONSES
from adapters.web.api.keys import ApiKeys
from adapters.web.api.problems import problem, problem_members, stranger
from adapters.web.auth.strangers import UnauthorizedError
from adapters.web.unexpected import about
from core.actor import Actor, Power
from core.desk import Desk
from core.errors import NotAllowedError, TransientError, UnexpectedError
from core.foreign import is_an_end
from core.reason import Reason
from core.usecases.receive_events import Incoming, Receipt, Verdict

_STATUS: Final = {
    Receipt.RECORDED: 202,
    Receipt.VALID: 200,
    Receipt.REPEATED: 200,
    Receipt.CONTRADICTS: 409,
    Receipt.REJECTED: 422,
    Receipt.REFUSED: 403,
}
_MIXED: Final = 207
_Verdicts = Sequence[Verdict | None]
_Receive = Callable[[Actor, Sequence[Incoming]], Sequence[Verdict]]
_Judge = Callable[[Actor, Sequence[Incoming]], _Verdicts]
_Count = Callable[[_Verdicts], object]
_log = structlog.get_logger(__name__)


def add_events(app: FastAPI, desk: Desk, api_keys: ApiKeys, registry: CollectorRegistry) -> None:
    """Add the route, and a counter of what came."""
    received = Counter(
        "casebridge_http_events", "Events that came over HTTP, by receipt.", ["receipt"], registry=registry
    )
    # For the document of the API alone: it would answer otherwise than RFC 6750 asks.
    bearer = HTTPBearer(auto_error=False, scheme_name="API key", description="An API key of casebridge.")

    def count(verdicts: _Verdicts) -> None:
        for verdict in verdicts:
            received.labels(verdict.receipt if verdict else "not_recorded").inc()

    @app.post(
        "/v1/events",
        status_code=202,
        summary="Send one event, or a batch",
        responses=RESPONSES,
        openapi_extra={"requestBody": REQUEST_BODY},
        dependencies=[Security(bearer)],
        tags=["Events"],
        operation_id="send_events",
    )
    async def post_event(request: Request) -> Response:
        """Take CloudEvents 1.0, `message-sent` or `document-uploaded`, in structured, binary or batched mode.

        202: recorded. 200: known already, nothing to do. Both mean: do not send it again. A batch is answered
        with a result an event, in order: each is judged alone.
        """
        return await _asked(request, api_keys, partial(_judge, desk.receive_events), count)

    @app.post(
        "/v1/events/validate",
        summary="Validate one event, or a batch, without taking it",
        responses=CHECKED,
        openapi_extra={"requestBody": REQUEST_BODY},
        dependencies=[Security(bearer)],
        tags=["Events"],
        operation_id="validate_events",
    )
    async def validate_event(request: Request) -> Response:
        """Say what would become of events, in the same modes, as far as they themselves tell.

        Nothing is recorded, kept or counted. 200: it meets the contract; whether it is known already is not
        looked at. A batch is answered with a result an event, in order.
        """
        return await _asked(request, api_keys, partial(_judge, desk.receive_events.check), lambda _: None)


async def _asked(request: Request, api_keys: ApiKeys, judge: _Judge, count: _Count) -> Response:
    try:
        actor = await run_in_threadpool(who_by_key(api_keys), request)
    except TransientError:
        return problem(503, Reason.UNAVAILABLE, "nothing was recorded")
    except UnauthorizedError as error:
        return stranger(error)
    return await _receive(request, actor, judge, count)


async def _receive(request: Request, actor: Actor, judge: _Judge, count: _Count) -> Response:
    try:
        actor.must_anywhere(Power.SEND_EVENTS)  # before the body is read
        asked = event_request(request.scope["headers"])
        body = await _read(request, asked.limit)
        if body is None:
            return problem(413, Reason.OVERSIZED, _too_long(asked))
        verdicts = await run_in_threadpool(judge, actor, asked.events(body))
    except NotAllowedError as error:
        challenge = {"WWW-Authenticate": lacks_scope(Power.SEND_EVENTS)}
        return problem(403, error.reason, str(error), headers=challenge)
    except UnknownFormatError as error:
        return problem(415, Reason.FOREIGN, str(error), headers={"Accept-Encoding": "identity"})
    except TransientError:
        return problem(503, Reason.UNAVAILABLE, "nothing was recorded")
    count(verdicts)
    return _answer_batch(verdicts) if asked.is_batch and not _is_no_batch(verdicts) else _answer(verdicts[0])


async def _read(request: Request, limit: int) -> bytes | None:
    """Read the body, but never more than it may have."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


def _too_long(asked: EventRequest) -> str:
    what = f"a batch of up to {MAX_BATCH_EVENTS} events" if asked.is_batch else "an event"
    return f"{what} may have {asked.limit} bytes at most"


def _judge(receive: _Receive, actor: Actor, events: Sequence[Incoming]) -> Sequence[Verdict | None]:
    """Return a verdict an event, None for one that could not be recorded, for no reason we know."""
    if not events:
        return []
    try:
        return receive(actor, events)
    except UnexpectedError as error:  # the desk's word for what nobody has thought of
        _log.error("events_not_recorded", events=len(events), **about(error))
    except (NotAllowedError, TransientError):
        raise
    except BaseException as error:  # whatever it is, it may be one event's: the others go on
        if is_an_end(error):
            raise
        _log.error("events_not_recorded", events=len(events), **about(error))
    return [None] if len(events) == 1 else [_judge_alone(receive, actor, event) for event in events]


def _judge_alone(receive: _Receive, actor: Actor, event: Incoming) -> Verdict | None:
    try:
        return _judge(receive, actor, [event])[0]
    except TransientError:  # those before it are recorded
        return None


def _is_no_batch(verdicts: Sequence[Verdict | None]) -> bool:
    return any(fault.field == WHOLE_BODY for verdict in verdicts if verdict for fault in verdict.faults)


def _answer(verdict: Verdict | None) -> JSONResponse:
    status, members = _result(verdict)
    media_type = "application/problem+json" if "reason" in members else None
    return JSONResponse(members, status, media_type=media_type)


def _answer_batch(verdicts: Sequence[Verdict | None]) -> JSONResponse:
    """Answer 202 or 200 where no event is to be sent again, as for one; else 207. The results tell which."""
    results = []
    for index, verdict in enumerate(verdicts):
        status, members = _result(verdict)
        results.append({"index": index, "status": status, **members})
    statuses = {result["status"] for result in results}
    status = _MIXED if statuses - {200, 202} else max(statuses, default=200)
    return JSONResponse({"results": results}, status)


def _result(verdict: Verdict | None) -> tuple[int, dict[str, Any]]:
    if verdict is None:
        detail = "this event was not recorded; send it again"
        return 500, problem_members(500, Reason.UNEXPECTED_ERROR, detail)
    status, event = _STATUS[verdict.receipt], verdict.event
    if event is None:
        reason = verdict.reason or Reason.INVALID_EVENT
        if reason is Reason.UNEXPECTED_ERROR:  # kept, but not for anything its sender could mend
            status = 500
        elif reason is Reason.FIRM_MOVED:  # kept as well, but it is another cell that is to have it
            status = 421
        return status, problem_members(status, reason, verdict.detail or "", verdict.faults)
    ids = {"kind": event.kind, "subject_id": event.subject_id}
    if verdict.receipt is not Receipt.CONTRADICTS:
        return status, {"receipt": verdict.receipt, **ids}
    detail = (
        f"an event with other content is known for {event.kind} {event.subject_id!r} "
        f"of firm {event.firm_id!r}; it stands"
    )
    more = {
        "firm_id": event.firm_id,
        "case_integration_id": event.case_integration_id,
        "event_id": event.event_id,
    }
    return status, {**problem_members(status, Reason.CONTRADICTORY, detail), **ids, **more}
