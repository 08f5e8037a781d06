"""What a handler gives back, before faults have their say."""

from __future__ import annotations

import json
from html import escape
from http import HTTPStatus
from typing import Any, NamedTuple

JSON_TYPE = b"application/json; charset=utf-8"
TEXT_TYPE = b"text/plain; charset=utf-8"
HTML_TYPE = b"text/html; charset=utf-8"
BYTES_TYPE = b"application/octet-stream"
PROBLEM_TYPE = b"application/problem+json"

ERROR_SHAPES = ("message", "problem", "plain", "html", "empty")


_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class Answer(NamedTuple):
    """One HTTP answer: status, whole body, content type, further headers."""

    status: int
    body: bytes
    content_type: bytes = JSON_TYPE
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Refusal(Exception):  # noqa: N818 - an answer on its way out, not a failure of the sandbox
    """A handler's way to answer with an error from any depth."""

    def __init__(self, status: int, message: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


def dump(value: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def found(value: Any) -> Answer:
    """200 with a JSON body."""
    return Answer(200, dump(value))


def array(rows: list[bytes]) -> bytes:
    """A JSON array of rows that are JSON already."""
    return b"[" + b",".join(rows) + b"]"


def error(refusal: Refusal, shape: str = "message") -> Answer:
    """The refusal in one of `ERROR_SHAPES`: the real one is UNKNOWN (API sheet, section 3)."""
    status, message, headers = refusal.status, refusal.message, refusal.headers
    title = _PHRASES.get(status, "Error")
    if shape == "problem":
        return Answer(
            status, dump({"title": title, "detail": message, "status": status}), PROBLEM_TYPE, headers
        )
    if shape == "plain":
        return Answer(status, message.encode(), TEXT_TYPE, headers)
    if shape == "html":
        page = f"<html><head><title>{title}</title></head><body><p>{escape(message)}</p></body></html>"
        return Answer(status, page.encode(), HTML_TYPE, headers)
    if shape == "empty":
        return Answer(status, b"", TEXT_TYPE, headers)
    return Answer(status, dump({"message": message}), JSON_TYPE, headers)
