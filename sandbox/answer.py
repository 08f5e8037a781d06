"""What handlers give back: rows, JSON, and refusals in the shape that is switched on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

JSON_TYPE = "application/json; charset=utf-8"
TEXT_TYPE = "text/plain; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

ERROR_SHAPES = ("message", "problem", "plain", "html", "empty")


class Refusal(HTTPException):
    """A handler's way to answer with an error from any depth."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, message, headers)


def dump(value: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return _encode(value).encode(errors="replace")


def raw(body: bytes, media_type: str = JSON_TYPE) -> Response:
    """200 with a body that is as it shall be."""
    return Response(body, media_type=media_type)


def found(value: Any) -> Response:
    """200 with a JSON body."""
    return raw(dump(value))


def array(rows: list[bytes]) -> Response:
    """200 with a JSON array of rows that are JSON already."""
    return raw(b"[" + b",".join(rows) + b"]")


def error(refusal: HTTPException, shape: str = "message") -> Response:
    """The refusal in one of `ERROR_SHAPES`: the real one is UNKNOWN (API sheet, section 3)."""
    status, message = refusal.status_code, refusal.detail
    try:
        title = HTTPStatus(status).phrase
    except ValueError:
        title = "Error"
    body, media_type = dump({"message": message}), JSON_TYPE
    if shape == "problem":
        body = dump({"title": title, "detail": message, "status": status})
        media_type = "application/problem+json"
    elif shape == "plain":
        body, media_type = message.encode(), TEXT_TYPE
    elif shape == "html":
        page = f"<html><head><title>{title}</title></head><body><p>{escape(message)}</p></body></html>"
        body, media_type = page.encode(), HTML_TYPE
    elif shape == "empty":
        body, media_type = b"", TEXT_TYPE
    return Response(body, status, refusal.headers, media_type)
