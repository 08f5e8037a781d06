"""Control routes of documents as Case Status holds them."""

from __future__ import annotations

from typing import Any

from sandbox.answer import Answer, Refusal, found
from sandbox.contents import DEFAULT_LIFE_S, Content
from sandbox.control_request import ControlRequest

_MOST = 10_000


def create(request: ControlRequest) -> Answer:
    """`{"documents": [{number, file_name, content_type, size, sha256, content_url}…]}`: as many as `count`
    says, of `size` bytes; the body may name them: `{"file_names": [...]}`.
    """
    names = request.json_object().get("file_names", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Refusal(400, "file_names must be a list of texts")
    count = request.count("count", len(names) or 1)
    if count > _MOST:
        raise Refusal(400, f"count must be at most {_MOST}")
    size = request.count("size", 1000)
    contents = request.world.contents
    made = [
        contents.create(request.firm.name, size, names[n] if n < len(names) else None) for n in range(count)
    ]
    return found({"documents": [_row(request, document) for document in made]})


def renew(request: ControlRequest) -> Answer:
    """The document once more, with a fresh address."""
    document = request.world.contents.get(request.number)
    if document is None:
        raise Refusal(404, f"no document {request.number}")
    return found(_row(request, document))


def expire(request: ControlRequest) -> Answer:
    """From now on no address given out so far holds."""
    request.world.contents.expire_all()
    return found({"expired": True})


def _row(request: ControlRequest, document: Content) -> dict[str, Any]:
    expires_s = int(request.world.now_s()) + request.count("life_s", DEFAULT_LIFE_S)
    return {
        "number": document.number,
        "file_name": document.file_name,
        "content_type": document.content_type,
        "size": document.size,
        "sha256": document.sha256,
        "content_url": request.origin + request.world.contents.address(document.number, expires_s),
    }
