"""Case Status: serves the content of documents, hears announcements; and the control routes of both.

`GET /case-status/documents/{number}/content?expires=&signature=` has the faults of any route and some of its
own (see `faults.py`), for the purpose `case-status-content`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response, StreamingResponse
from starlette.types import Scope

from sandbox.answer import Refusal, found
from sandbox.call import Call, ControlCall
from sandbox.contents import DEFAULT_LIFE_S, Content
from sandbox.cut import CutError
from sandbox.dates import MS_PER_S
from sandbox.world import World

_ENDLESS_PIECES = 100_000  # 6 GiB: more than any client waits for
_PERCENT = 100
_MOST = 10_000


class ContentCall(Call):
    """A request for a document's content. Faults are narrowed by the firm that it was made for."""

    def __init__(self, world: World, purpose: str, scope: Scope) -> None:
        super().__init__(world, purpose, scope)
        document = world.contents.get(self.number)
        self.firm_name = document.firm if document else None

    @property
    def document(self) -> Content:
        """The document in the path. Refuses an unknown one with 404."""
        document = self.world.contents.get(self.number)
        if document is None:
            raise Refusal(404, "No such document.")
        return document


def content(call: ContentCall) -> Response:
    """The bytes of a document, which are never whole in memory."""
    document, contents = call.document, call.world.contents
    if expired := call.style("content_expired"):
        raise Refusal(int(expired["status"]), "Request has expired")
    if not contents.is_good(document.number, call.query, call.world.now_s()):
        raise Refusal(403, "Request has expired")
    if redirect := call.style("redirect"):
        return Response(status_code=302, headers={"location": _elsewhere(call, redirect["to"])})
    size = document.size
    if wrong := call.style("wrong_length"):
        size += 1 if wrong["style"] == "long" else -1
    headers = {"content-type": document.content_type, "content-length": str(max(size, 0))}
    if call.style("endless"):
        del headers["content-length"]
        return StreamingResponse(_endless(call, size), headers=headers)
    return StreamingResponse(_pieces(call, size), headers=headers)


async def _pieces(call: ContentCall, size: int) -> AsyncIterator[bytes]:
    broken, drip, midway = (call.style(name) for name in ("wrong_content", "slow_drip", "reset_midway"))
    until = size * midway["percent"] // _PERCENT if midway else None
    sent = 0
    for whole in call.world.contents.pieces(call.number, size):
        piece = whole
        if broken:
            piece, broken = bytes([whole[0] ^ 1]) + whole[1:], None
        if until is not None and sent + len(piece) > until:
            yield piece[: until - sent]
            raise CutError("reset_midway")
        sent += len(piece)
        step = max(int(drip["bytes"]), 1) if drip else len(piece)
        for begin in range(0, len(piece), step):
            yield piece[begin : begin + step]
            if drip:
                await asyncio.sleep(drip["ms"] / MS_PER_S)


async def _endless(call: ContentCall, size: int) -> AsyncIterator[bytes]:
    async for piece in _pieces(call, size):
        yield piece
    for _ in range(_ENDLESS_PIECES):
        yield b"\0" * 65_536
        await asyncio.sleep(0)  # lets it be noticed that the client left


def _elsewhere(call: Call, to: str) -> str:
    """The target of a redirect: the same machine under another name, or the same address once more."""
    path = f"{call.scope['path']}?{call.scope['query_string'].decode('latin-1')}"
    if to == "elsewhere":
        return f"http://localhost:{call.origin.rpartition(':')[2]}{path}"
    return path if to == "itself" else f"{call.origin}{path}"


# Control routes.


def create_documents(call: ControlCall) -> Response:
    """`{"documents": [{number, file_name, content_type, size, sha256, content_url}…]}`: as many as `count`
    says, of `size` bytes; the body may name them: `{"file_names": [...]}`.
    """
    names = call.json_object().get("file_names", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Refusal(400, "file_names must be a list of texts")
    count, size = call.count("count", len(names) or 1), call.count("size", 1000)
    if count > _MOST:
        raise Refusal(400, f"count must be at most {_MOST}")
    create, firm = call.world.contents.create, call.firm.name
    made = [create(firm, size, names[n] if n < len(names) else None) for n in range(count)]
    return found({"documents": [_row(call, document) for document in made]})


def renew_document(call: ControlCall) -> Response:
    """The document once more, with a fresh address."""
    document = call.world.contents.get(call.number)
    if document is None:
        raise Refusal(404, f"no document {call.number}")
    return found(_row(call, document))


def expire_documents(call: ControlCall) -> Response:
    """From now on no address given out so far holds."""
    call.world.contents.expire_all()
    return found({"expired": True})


def hear(call: ControlCall) -> Response:
    """`POST announcements`: a list of CloudEvents."""
    events = call.json()
    if not isinstance(events, list) or not all(_is_event(event) for event in events):
        raise Refusal(400, "the body must be a list of CloudEvents with id, type and data")
    call.world.case_status.hear(events)
    return found({"heard": len(events)})


def tell(call: ControlCall) -> Response:
    """`GET announcements?imported=1`: what was heard."""
    return found(call.world.case_status.as_json(named=call.query.get("imported") == "1"))


def _is_event(event: object) -> bool:
    kinds = {"id": str, "type": str, "data": dict}
    return isinstance(event, dict) and all(isinstance(event.get(name), kind) for name, kind in kinds.items())


def _row(call: ControlCall, document: Content) -> dict[str, Any]:
    expires_s = int(call.world.now_s()) + call.count("life_s", DEFAULT_LIFE_S)
    return {
        "number": document.number,
        "file_name": document.file_name,
        "content_type": document.content_type,
        "size": document.size,
        "sha256": document.sha256,
        "content_url": call.origin + call.world.contents.address(document.number, expires_s),
    }
