"""What lies around every handler: counting, whose token it is, and the faults."""

from __future__ import annotations

import asyncio
import contextlib

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.answer import HTML_TYPE, JSON_TYPE, TEXT_TYPE, Refusal
from sandbox.call import Call, the_call
from sandbox.cut import CutError, cut
from sandbox.dates import MS_PER_S, localised
from sandbox.report import HUNG, RESET


class Counted:
    """Counts each request once by its purpose and outcome, and cuts the connection where that is the outcome.

    Stands right inside `Received`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        call = the_call(scope)
        try:
            await self._app(scope, receive, send)
        except HTTPException as refusal:
            call.outcome = refusal.status_code
            raise
        except CutError as stop:
            call.outcome = stop.outcome
            cut(scope)
        finally:
            call.world.counts.count(call.purpose, call.outcome)


class Known:
    """Finds the firm whose valid token came along, and counts the request for that firm's load."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        call = the_call(scope)
        now_s = call.world.now_s()
        scheme, _, token = call.header(b"authorization").partition(" ")
        name = call.world.tokens.firm_of(token.strip(), now_s) if scheme.lower() == "bearer" else None
        if name is None:
            await self._app(scope, receive, send)
            return
        call.firm_name, load = name, call.world.counts.firms[name]
        load.begin(now_s)
        try:
            await self._app(scope, receive, send)
        finally:
            load.end()


class Faulty:
    """Lets faults strike before a request is worked on, and after it: its answer is lost, late or odd.

    `whole`: the answer is one whole body, not a stream. Only such answers are struck.
    """

    def __init__(self, app: ASGIApp, *, whole: bool = True) -> None:
        self._app, self._whole = app, whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        call = the_call(scope)
        if not call.world.faults.active:
            await self._app(scope, receive, send)
            return
        await _strike(call)
        if not self._whole:
            await self._app(scope, receive, send)
            return
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, keep)
        if call.style("store_then_reset"):
            raise CutError(RESET)
        if hang := call.style("store_then_hang"):
            with contextlib.suppress(TimeoutError):
                # Nothing more comes from the client but its leaving.
                await asyncio.wait_for(receive(), hang["ms"] / MS_PER_S)
            raise CutError(HUNG)
        if delay := call.style("slow_after_store"):
            await asyncio.sleep(delay["ms"] / MS_PER_S)
        if other := _instead(call, b"".join(message.get("body", b"") for message in answer)):
            call.outcome = other.status_code
            await other(scope, receive, send)
            return
        for message in answer:
            await send(message)


async def _strike(call: Call) -> None:
    if delay := call.style("latency"):
        await asyncio.sleep(delay["ms"] / MS_PER_S)
    if call.style("reset"):
        raise CutError(RESET)
    if call.style("expire_tokens"):
        call.world.tokens.expire_all(call.firm.name)
        raise Refusal(401, "The token has expired.")
    if call.style("unauthorized"):
        raise Refusal(401, "Authorization has been denied for this request.")
    if call.style("forbidden"):
        raise Refusal(403, "You do not have permission for this operation.")
    if limit := call.style("too_many_requests"):
        after = limit["retry_after"]
        raise Refusal(429, "Too many requests.", None if after is None else {"retry-after": f"{after:g}"})
    if failure := call.style("server_error"):
        words = "An error has occurred."
        if call.style("quote_request"):
            words += f" Request: {call.body.decode('utf-8', 'replace')}"
        raise Refusal(int(failure["status"]), words)


def _instead(call: Call, body: bytes) -> Response | None:
    """The 200 that takes the place of the answer, None where no fault strikes it."""
    if call.style("html_200"):
        return Response(b"<html><body>Please log in</body></html>", media_type=HTML_TYPE)
    if huge := call.style("huge_200"):
        body = b'{"access_token": "' + b"x" * int(huge["bytes"]) + b'"}'
        return Response(body, media_type=JSON_TYPE)
    if call.style("malformed_200"):
        return Response(body[: len(body) // 2], media_type=JSON_TYPE)
    if call.style("empty_200"):
        return Response(b"", media_type=TEXT_TYPE)
    if dates := call.style("dates"):
        return Response(localised(body, dates["zone"]), media_type=JSON_TYPE)
    return None
