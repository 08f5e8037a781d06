"""CloudEvents 1.0.2: one event in JSON, one whose attributes came beside its data, a batch, and a new one.

What comes is bounded as it is read: its length by the caller, its depth and the digits of its numbers here.
"""

import base64
import binascii
import codecs
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

from core.charset import charset_of
from core.errors import InvalidEventError
from core.nesting import MAX_DEPTH, is_deeper
from core.reason import Reason

MAX_DIGITS: Final = 30  # of a whole number: what has more is beyond any limit here

CONTEXT: Final = frozenset({"specversion", "id", "source", "type", "time", "subject", "datacontenttype"})
"""The attributes that are read here (CloudEvents 1.0.2, 3.1). Others are extensions, and cost no event."""

_BASE64: Final = "data_base64"
_ATTRIBUTE: Final = re.compile(r"[a-z0-9]+")  # CloudEvents 1.0.2, 3
_JSON_TYPE: Final = re.compile(
    r"(?:application|text)/(?:[^;\s]+\+)?json\s*(?:;.*)?", re.IGNORECASE | re.DOTALL
)
# Strings first, so that brackets within them do not count; a quote of its own never ends.
_TOKENS: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[\]{},]', re.DOTALL)
_CONTROLS: Final = "".join(map(chr, range(0x21)))  # they stand for nothing around JSON
_CUT_LETTER: Final = re.compile("([\udcc2-\udcf4])[\udc80-\udcbf]{1,2}")
_MATCHING: Final = {b"]": b"[", b"}": b"{"}


def new_event(
    kind: str, event_id: str, at: datetime, data: Mapping[str, Any], *, source: str, subject: str = ""
) -> dict[str, Any]:
    """Return a JSON-ready event; `at` is an aware instant. Without a subject it has no such attribute."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": kind,
        "time": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": data,
    }
    if subject:
        event["subject"] = subject
    return event


def read_event(body: bytes) -> dict[str, Any]:
    """Read an event in JSON: its attributes and `data`. What is null is not there (JSON format, 2.2).

    `data_base64` is read as `data`. Control characters may stand in strings as they are, and bytes that are
    no UTF-8 are read as half characters: the readers of words mend them, those of ids refuse them. Raises
    InvalidEventError.
    """
    event = {name: value for name, value in _json_object(body, "the body").items() if value is not None}
    if (encoded := event.pop(_BASE64, None)) is not None:
        if "data" in event:
            raise _malformed("data and data_base64 are both there; an event has one of them")
        event["data"] = _decoded(event, encoded)
    return event


def event_of(attributes: Mapping[str, str], content_type: str | None, data: bytes) -> bytes:
    """Return the event in JSON whose attributes came beside its data (binary content mode).

    `content_type` is the data's, and the attribute `datacontenttype`. The data stays as it is, so that the
    event can be kept, shown and judged again like any other. An empty header is none: no attribute is empty.
    """
    event = {
        name: value
        for name, value in attributes.items()
        if value and _ATTRIBUTE.fullmatch(name) and name != "data"
    }
    event.pop("datacontenttype", None)
    if content_type:
        event["datacontenttype"] = content_type
    data = in_utf_8(data, content_type or "").removeprefix(codecs.BOM_UTF8)
    if not data:
        return json.dumps(event).encode()
    try:
        _LENIENT.decode(_text(data))
    except (ValueError, RecursionError):
        return json.dumps({**event, _BASE64: base64.b64encode(data).decode("ascii")}).encode()
    return f'{json.dumps(event)[:-1]}{", " if event else ""}"data": '.encode() + data.strip(b"\0") + b"}"


def in_utf_8(body: bytes, content_type: str) -> bytes:
    """Return JSON in UTF-8 that came in UTF-16, UTF-32, or the one-byte charset that its type names.

    All else is returned as it is. JSON is UTF-8 (RFC 8259, 8.1), whatever a type says of bytes that are.
    """
    encoding: str = json.detect_encoding(body)
    if encoding.startswith("utf-8"):
        encoding = charset_of(content_type)
        if not encoding or _is_utf_8(body):
            return body
    try:
        return body.decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return body


def split_batch(body: bytes, limit: int) -> list[bytes]:
    """Return the events of a JSON batch, each as it was written; none is judged here.

    Brackets and strings are enough to tell where one ends, so that a broken one costs itself alone. Raises
    InvalidEventError for what is no list or has more than `limit` of them.
    """
    body = body.removeprefix(codecs.BOM_UTF8).strip(_CONTROLS.encode())
    open_: list[bytes] = []
    ends: list[int] = []
    ended = None
    for token in _TOKENS.finditer(body):
        sign = token[0]
        if ended is not None or sign == b'"' or (not open_ and (token.start() or sign != b"[")):
            raise _malformed("the body is not one JSON list of events")
        if sign in {b"[", b"{"}:
            open_.append(sign)
        elif sign in _MATCHING:
            if open_.pop() != _MATCHING[sign]:
                raise _malformed("the body is not one JSON list of events")
            if not open_:
                ended = token.start()
        elif sign == b"," and len(open_) == 1:
            ends.append(token.start())
            if len(ends) >= limit:
                raise InvalidEventError(f"a batch may have {limit} events at most", reason=Reason.OVERSIZED)
    if ended is None or ended != len(body) - 1:
        raise _malformed("the body is not one JSON list of events")
    if not ends and not body[1:ended].strip():
        return []
    return [body[before + 1 : after].strip() for before, after in pairwise([0, *ends, ended])]


def is_json_type(content_type: str) -> bool:
    """Tell whether the media type says JSON: `application/json`, `text/json`, any `…+json`, in any case."""
    return _JSON_TYPE.fullmatch(content_type.strip()) is not None


def _decoded(event: Mapping[str, Any], encoded: object) -> dict[str, Any]:
    content_type = event.get("datacontenttype", "application/json")
    if not isinstance(content_type, str) or not is_json_type(content_type):
        raise _malformed("datacontenttype must be JSON: the data of this contract is a JSON object")
    try:
        data = base64.b64decode(encoded, validate=True) if isinstance(encoded, str) else None
    except (binascii.Error, ValueError):
        data = None
    if data is None:
        raise _malformed("data_base64 must be a string in base64")
    return _json_object(data, "data")


def _json_object(body: bytes, what: str) -> dict[str, Any]:
    if is_deeper(body):
        raise _malformed(f"{what} has more than {MAX_DEPTH} lists and objects within each other")
    try:
        value = _JSON.decode(_text(body).strip(_CONTROLS))
    except (ValueError, RecursionError):
        raise _malformed(f"{what} is not JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise _malformed(f"{what} must be one JSON object")
    return value


def _text(body: bytes) -> str:
    encoding = json.detect_encoding(body)
    try:
        return body.decode(encoding, "surrogatepass")  # half an emoji passes, for the readers of text to mend
    except UnicodeDecodeError:
        if not encoding.startswith("utf-8"):
            raise
    # So does half a letter, as one: it may have lost the last of its bytes.
    return _CUT_LETTER.sub(r"\1", body.decode(encoding, "surrogateescape"))


def _is_utf_8(body: bytes) -> bool:
    try:
        body.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Readers differ in which one they take (RFC 8259, 4): the sender may have meant the other.
        raise _malformed("a name stands twice in one JSON object")
    return found


def _whole(digits: str) -> int | float:
    return (
        int(digits) if len(digits) <= MAX_DIGITS else float(f"{digits[0]}inf" if digits[0] == "-" else "inf")
    )


def _no_number(name: str) -> float:
    raise ValueError(name)  # NaN and Infinity are Python's and JavaScript's, not JSON's


_LENIENT: Final = json.JSONDecoder(strict=False, parse_int=_whole)
_JSON: Final = json.JSONDecoder(
    strict=False, object_pairs_hook=_unique, parse_int=_whole, parse_constant=_no_number
)


def _malformed(message: str) -> InvalidEventError:
    return InvalidEventError(message, reason=Reason.MALFORMED)
