"""`POST /v1/events`: what Case Status would send through the broker, over HTTP."""

from typing import Annotated, Final

from fastapi import FastAPI, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry, Counter

from adapters.web.api.api_words import WORDS
from adapters.web.api.keys import ApiKeys
from core.desk import Desk
from core.errors import NotAllowedError, TransientError
from core.event import MAX_EVENT_BYTES
from core.reason import Reason
from core.usecases.receive_events import Incoming, Receipt, Verdict

_STATUS: Final = {
    Receipt.RECORDED: 202,
    Receipt.REPEATED: 200,
    Receipt.CONTRADICTS: 409,
    Receipt.REJECTED: 422,
    Receipt.REFUSED: 403,
}


_RESPONSES: dict[int | str, dict[str, str]] = {
    200: {"description": "Known already; nothing to do."},
    202: {"description": "Recorded."},
    401: {"description": "The API key is missing or wrong."},
    403: {"description": "The API key lacks the scope `events`, or does not reach the event's firm."},
    409: {
        "description": "Another event for the same message or document has other content; that one stands."
    },
    413: {"description": "Over 256 KiB."},
    422: {"description": "Not a valid event; kept with its reason."},
    503: {"description": "Not recorded; send it again."},
}


def add_events(app: FastAPI, desk: Desk, api_keys: ApiKeys, registry: CollectorRegistry) -> None:
    """Add the route, and a counter of what came."""
    received = Counter(
        "casebridge_http_events", "Events that came over HTTP, by receipt.", ["receipt"], registry=registry
    )

    @app.post("/v1/events", status_code=202, summary="Send one event", responses=_RESPONSES)
    async def post_event(
        request: Request, authorization: Annotated[str, Header(description="Bearer and an API key")] = ""
    ) -> Response:
        """Take one CloudEvent 1.0 in JSON, `message-sent` or `document-uploaded`.

        202: recorded. 200: known already, nothing to do. Both mean: do not send it again.
        """
        actor = api_keys.actor_of(authorization.removeprefix("Bearer ").strip())
        if actor is None:
            return _problem(401, Reason.NOT_ALLOWED, "send a valid API key as 'Authorization: Bearer KEY'")
        body = await _read(request)
        if body is None:
            return _problem(413, Reason.OVERSIZED, f"an event may have {MAX_EVENT_BYTES} bytes at most")
        try:
            [verdict] = await run_in_threadpool(desk.receive_events, actor, [Incoming("http", body)])
        except NotAllowedError as error:
            return _problem(403, error.reason, str(error))
        except TransientError:
            return _problem(503, Reason.UNAVAILABLE, "nothing was recorded")
        received.labels(verdict.receipt).inc()
        return _answer(verdict)


async def _read(request: Request) -> bytes | None:
    """Read the body, but never more than an event may have."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_EVENT_BYTES:
            return None
    return bytes(body)


def _answer(verdict: Verdict) -> JSONResponse:
    status = _STATUS[verdict.receipt]
    if verdict.receipt in {Receipt.REJECTED, Receipt.REFUSED}:
        return _problem(status, verdict.reason or Reason.INVALID_EVENT, verdict.detail or "")
    if verdict.receipt is Receipt.CONTRADICTS:
        detail = "an event with other content is known for this id; it stands"
        return _problem(status, Reason.CONTRADICTORY, detail)
    event = verdict.event
    ids = {"kind": event.kind, "subject_id": event.subject_id} if event else {}
    return JSONResponse({"receipt": verdict.receipt, **ids}, status)


def _problem(status: int, reason: Reason, detail: str) -> JSONResponse:
    """Answer as RFC 9457 says, with the reason and what the caller can do beside its own members."""
    words = WORDS[reason]
    content = {
        "type": "about:blank",
        "status": status,
        "title": words.what,
        "detail": detail,
        "reason": reason.value,
        "next_step": words.next_step,
    }
    return JSONResponse(content, status, media_type="application/problem+json")
