"""Serves the content of Case Status' documents: `GET /case-status/documents/{n}/content?expires=&signature=`.

The faults are those of any route, and some of its own (see `faults.py`), for the purpose
`case-status-content`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from sandbox.contents import CONTENT_PATH, CONTENT_PURPOSE, Content
from sandbox.dates import MS_PER_S
from sandbox.protocol import cut
from sandbox.report import RESET
from sandbox.request import Receive
from sandbox.world import World

Send = Callable[[dict[str, Any]], Awaitable[None]]
_ENDLESS_PIECES = 100_000  # 6 GiB: more than any client waits for
_PERCENT = 100


class ContentServer:
    """Answers requests below `CONTENT_PATH`."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def serve(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request; the body is never whole in memory."""
        outcome: str | int = await self._serve(scope, receive, send)
        self._world.counts.count(CONTENT_PURPOSE, outcome)

    async def _serve(self, scope: dict[str, Any], receive: Receive, send: Send) -> str | int:
        await receive()
        number = scope["path"].removeprefix(CONTENT_PATH).removesuffix("/content")
        document = self._world.contents.get(int(number)) if number.isdecimal() else None
        if document is None or scope["method"] != "GET":
            return await _refuse(send, 404, b"No such document.")
        if delay := self._struck("latency", document):
            await asyncio.sleep(delay["ms"] / MS_PER_S)
        if self._struck("reset", document):
            cut(scope)
            return RESET
        if failure := self._struck("server_error", document):
            return await _refuse(send, int(failure["status"]), b"An error has occurred.")
        if limit := self._struck("too_many_requests", document):
            after = limit["retry_after"]
            headers = [] if after is None else [(b"retry-after", f"{after:g}".encode())]
            return await _refuse(send, 429, b"Too many requests.", headers)
        if expired := self._struck("content_expired", document):
            return await _refuse(send, int(expired["status"]), b"Request has expired")
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        if not self._world.contents.is_good(document.number, query, self._world.now_s()):
            return await _refuse(send, 403, b"Request has expired")
        if redirect := self._struck("redirect", document):
            location = _elsewhere(scope, redirect["to"])
            return await _refuse(send, 302, b"", [(b"location", location.encode("latin-1"))])
        return await self._stream(scope, send, document)

    async def _stream(self, scope: dict[str, Any], send: Send, document: Content) -> str | int:
        size = document.size
        if wrong := self._struck("wrong_length", document):
            size += 1 if wrong["style"] == "long" else -1
        endless = self._struck("endless", document) is not None
        broken = self._struck("wrong_content", document) is not None
        drip = self._struck("slow_drip", document)
        midway = self._struck("reset_midway", document)
        until = size * midway["percent"] // _PERCENT if midway else None
        headers = [(b"content-type", document.content_type.encode())]
        if not endless:
            headers.append((b"content-length", str(max(size, 0)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        sent = 0
        for piece in self._world.contents.pieces(document.number, size):
            said = piece
            if broken:
                said, broken = bytes([piece[0] ^ 1]) + piece[1:], False
            if until is not None and sent + len(said) > until:
                await send(_body(said[: until - sent], more=True))
                cut(scope)
                return "reset_midway"
            if drip:
                step = max(int(drip["bytes"]), 1)
                for begin in range(0, len(said), step):
                    await send(_body(said[begin : begin + step], more=True))
                    await asyncio.sleep(drip["ms"] / MS_PER_S)
            else:
                await send(_body(said, more=True))
            sent += len(said)
        if endless:
            for _ in range(_ENDLESS_PIECES):
                await send(_body(b"\0" * 65_536, more=True))
                if scope["sandbox.transport"].is_closing():
                    return "left"
                await asyncio.sleep(0)
        await send(_body(b"", more=False))
        return 200

    def _struck(self, name: str, document: Content) -> dict[str, Any] | None:
        faults = self._world.faults
        return faults.strike(name, CONTENT_PURPOSE, document.firm) if faults.active else None


def _elsewhere(scope: dict[str, Any], to: str) -> str:
    """The target of a redirect: the same machine under another name, or the same address once more."""
    host = next((value for key, value in scope["headers"] if key == b"host"), b"").decode("latin-1")
    path = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
    if to == "elsewhere":
        return f"http://localhost:{host.rpartition(':')[2]}{path}"
    return path if to == "itself" else f"http://{host}{path}"


def _body(piece: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": piece, "more_body": more}


async def _refuse(
    send: Send, status: int, words: bytes, headers: list[tuple[bytes, bytes]] | None = None
) -> int:
    head = [(b"content-type", b"text/plain"), (b"content-length", str(len(words)).encode()), *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": words})
    return status
