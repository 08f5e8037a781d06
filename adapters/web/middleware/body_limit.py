"""No body is longer than anything here reads. A page or route may take less, and says so better."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.web.errors.answers import Answers
from adapters.web.middleware.header import header

MAX_BODY: Final = 2 * 1024 * 1024
"""Bytes. What the API reads of one request, a batch of events apart, is less."""
# It reads its body itself, in pieces, and by limits of its own (`api.event_request`).
_READ_BY_THEMSELVES: Final = ("/v1/events",)


class _TooLongError(Exception):
    pass


class BodyLimit:
    """Answers 413 to a longer body, without reading on."""

    def __init__(self, app: ASGIApp, answers: Answers, most: int = MAX_BODY) -> None:
        self._app = app
        self._answers = answers
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or str(scope["path"]).startswith(_READ_BY_THEMSELVES):
            await self._app(scope, receive, send)
            return
        announced = header(scope, b"content-length")
        if announced is not None and announced.isdigit() and int(announced) > self._most:
            await self._refuse(scope, receive, send)
            return
        read, has_begun = 0, False

        async def receiving() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                raise _TooLongError
            return message

        async def sending(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receiving, sending)
        except _TooLongError:
            if not has_begun:
                await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        title, step = "That is more than is taken here", "Send less at once"
        answer = self._answers.refused(scope, 413, "oversized", title, step, {"Connection": "close"})
        await answer(scope, receive, send)
