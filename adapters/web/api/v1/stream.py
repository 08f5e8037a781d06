"""What is announced, as it happens: Server-Sent Events (WHATWG HTML, 9.2), read by position."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from adapters.web.api.v1.announcements_schemas import position_from, position_text
from adapters.web.api.v1.schemas import problems
from adapters.web.auth.strangers import UnauthorizedError
from adapters.web.who import Who
from core.actor import Actor
from core.announced import Announced
from core.desk import Desk
from core.errors import CasebridgeError, TransientError
from core.queries.announcements import Position
from core.reason import Reason

_LastEventId = Annotated[
    str | None, Header(max_length=200, description="The `id` of the last event that came; browsers send it.")
]
_After = Annotated[
    str | None,
    Query(min_length=1, max_length=200, description="As `next` of /v1/changes; `Last-Event-ID` wins."),
]
_BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """`connections` at once, `of_one` of them under one key. Times in seconds.

    `every_s`: how often the store is asked, and who asks looked at anew: a key that was taken away ends its
    streams, however much there is to tell. `heartbeat_s`: a comment keeps proxies from closing.
    """

    connections: int = 100
    of_one: int = 5
    every_s: float = 1.0
    heartbeat_s: float = 15.0


class Streams:
    """Counts the streams that are open."""

    def __init__(self, limits: StreamLimits) -> None:
        self.limits = limits
        self._open: dict[str, int] = {}
        self._lock = threading.Lock()

    def enter(self, actor: Actor) -> None:
        """Count one more. Raises TransientError where there are as many as may be."""
        with self._lock:
            own = self._open.get(actor.identity, 0)
            if own >= self.limits.of_one or sum(self._open.values()) >= self.limits.connections:
                raise TransientError("as many streams are open as may be", reason=Reason.TOO_BUSY)
            self._open[actor.identity] = own + 1

    def leave(self, actor: Actor) -> None:
        """Count one less."""
        with self._lock:
            left = self._open.pop(actor.identity, 0) - 1
            if left > 0:
                self._open[actor.identity] = left


class _Stream(StreamingResponse):
    """Leaves its place also where it was never begun: the client hung up before."""

    def __init__(self, events: AsyncIterator[str], left: Callable[[], None]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(events, media_type="text/event-stream", headers=headers)
        self._left = left

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._left()


def add_stream(router: APIRouter, desk: Desk, who: Who, asked_again: Who, streams: Streams) -> None:
    """Add the route. `asked_again` finds out anew who asks."""

    @router.get(
        "/changes/stream",
        summary="Follow what is announced, as it happens",
        response_class=StreamingResponse,
        responses={
            200: {
                "description": "CloudEvents as Server-Sent Events: `id` is the position, `event` the type.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            **problems(410),
        },
    )
    async def stream_changes(
        request: Request, last_event_id: _LastEventId = None, after: _After = None
    ) -> StreamingResponse:
        """Send what is announced from now on, or behind `Last-Event-ID`; a comment where nothing is.

        503 where too many are open. The stream ends when the server stops: connect again, with the last id.
        """
        actor = who(request)
        start = position_from(last_event_id or after)
        if start is None:
            start = await run_in_threadpool(desk.announcements.end, actor)
        # Asked for once before the answer begins: what is wrong is a problem then, and no broken stream.
        first, position = await run_in_threadpool(desk.announcements.behind, actor, start, _BATCH)
        streams.enter(actor)
        events = _events(desk, request, asked_again, streams, first, position)
        return _Stream(events, lambda: streams.leave(actor))


async def _events(
    desk: Desk,
    request: Request,
    asked_again: Who,
    streams: Streams,
    found: list[Announced],
    position: Position,
) -> AsyncIterator[str]:
    limits, loop = streams.limits, asyncio.get_running_loop()
    yield (
        f"retry: {int(limits.every_s * 1000) + 1000}\nid: {position_text(position)}\n\n" if not found else ""
    )
    spoke = loop.time()
    try:
        while not getattr(request.app.state, "is_stopping", False):  # set by the server
            for told in found:
                yield _event(told)
            if found:
                spoke = loop.time()
            elif loop.time() - spoke >= limits.heartbeat_s:
                yield f": {position_text(position)}\n\n"
                spoke = loop.time()
            if len(found) < _BATCH:
                await asyncio.sleep(limits.every_s)
            if await request.is_disconnected():
                return
            try:
                actor = await run_in_threadpool(asked_again, request)
                found, position = await run_in_threadpool(desk.announcements.behind, actor, position, _BATCH)
            except TransientError:
                found = []  # the store is away: it goes on when it is back
    except (UnauthorizedError, CasebridgeError):
        return  # whoever it was may follow no longer: connecting again says why


def _event(told: Announced) -> str:
    position = Position(told.place or 0, told.published_at)
    data = json.dumps(dict(told.event), ensure_ascii=False)
    return f"id: {position_text(position)}\nevent: {told.kind}\ndata: {data}\n\n"
