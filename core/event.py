"""The upstream contract: CloudEvents 1.0 in JSON, `message-sent` and `document-uploaded`.

Shapes and limits: design, section 5. An event is judged here and nowhere else, whichever way it came.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from core.document import DocumentUploaded
from core.errors import InvalidEventError
from core.message import Direction, MessageSent, SenderRole
from core.reason import Reason

MAX_EVENT_BYTES: Final = 256 * 1024
MAX_TEXT_BYTES: Final = 64 * 1024
MAX_ID_CHARACTERS: Final = 200
MAX_NAME_CHARACTERS: Final = 500
MAX_ATTACHMENTS: Final = 200

_DIRECTIONS: Final = {direction.value: direction for direction in Direction}
_ROLES: Final = {role.value: role for role in SenderRole}
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")


class EventKind(StrEnum):
    """The `type` of an upstream event, equal to its routing key and queue name."""

    MESSAGE_SENT = "message-sent"
    DOCUMENT_UPLOADED = "document-uploaded"


EventContent = MessageSent | DocumentUploaded


def content_from_data(kind: EventKind, data: Mapping[str, Any]) -> EventContent | None:
    """Read what the `to_data` of the kind's content wrote. What its text was removed from has none.

    None for what cannot be read: one damaged row must not keep the others from being read.
    """
    try:
        return (MessageSent if kind is EventKind.MESSAGE_SENT else DocumentUploaded).from_data(data)
    except (KeyError, TypeError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class UpstreamEvent:
    """One valid upstream event.

    `subject_id` is the message's or document's id, unique in the firm; `occurred_at` (UTC) orders
    deliveries of one case; `digest` is SHA-256 over the meaning of `content`, so that a second event for the
    same subject can be told from a repetition. `content_url` is no part of a document's meaning: the same
    document with another address is a repetition that brings a fresh one.
    """

    kind: EventKind
    event_id: str
    source: str
    firm_id: str
    case_integration_id: str
    subject_id: str
    occurred_at: datetime
    content: EventContent
    digest: str

    def __repr__(self) -> str:
        return f"UpstreamEvent({self.kind}, firm={self.firm_id!r}, subject={self.subject_id!r})"


def parse_event(body: bytes, *, expected: EventKind | None = None) -> UpstreamEvent:
    """Read one CloudEvent in JSON; `expected` is the kind its queue or caller promises, if any.

    Raises InvalidEventError naming the field, the limit and what was found, never the content.
    """
    if len(body) > MAX_EVENT_BYTES:
        raise InvalidEventError(
            f"the event has {len(body)} bytes; the limit is {MAX_EVENT_BYTES}", reason=Reason.OVERSIZED
        )
    envelope = _json_object(body)
    if envelope.get("specversion") != "1.0":
        raise InvalidEventError("specversion must be '1.0' (CloudEvents 1.0)", reason=Reason.FOREIGN)
    kind = _kind(_text(envelope, "type"), expected)
    data = envelope.get("data")
    if not isinstance(data, dict):
        raise InvalidEventError("data must be a JSON object", reason=Reason.MALFORMED)
    if "time" in envelope:
        _time(envelope, "time")
    content = _message(data) if kind is EventKind.MESSAGE_SENT else _document(data)
    case_id = content.case_integration_id
    if envelope.get("subject", case_id) != case_id:
        raise InvalidEventError(
            "subject must equal data.case_integration_id (both name the case)", reason=Reason.CONTRADICTORY
        )
    return UpstreamEvent(
        kind=kind,
        event_id=_text(envelope, "id"),
        source=_text(envelope, "source"),
        firm_id=content.firm_id,
        case_integration_id=case_id,
        subject_id=content.subject_id,
        occurred_at=content.occurred_at,
        content=content,
        digest=_digest(content),
    )


def _digest(content: EventContent) -> str:
    meaning = content.to_data()
    meaning.pop("content_url", None)  # signed addresses differ each time they are given out
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidEventError("the body is not JSON in UTF-8", reason=Reason.MALFORMED) from None
    if not isinstance(envelope, dict):
        raise InvalidEventError("the body must be one JSON object", reason=Reason.MALFORMED)
    return envelope


def _kind(name: str, expected: EventKind | None) -> EventKind:
    try:
        kind = EventKind(name)
    except ValueError:
        known = ", ".join(EventKind)
        raise InvalidEventError(f"unknown type; known: {known}", reason=Reason.UNKNOWN_TYPE) from None
    if expected is not None and kind is not expected:
        raise InvalidEventError(
            f"type is {kind}, but it came where {expected} belongs", reason=Reason.FOREIGN
        )
    return kind


def _message(data: Mapping[str, Any]) -> MessageSent:
    direction, role = _text(data, "direction"), _text(data, "sender_role")
    if direction not in _DIRECTIONS:
        raise InvalidEventError("data.direction must be inbound or outbound", reason=Reason.MALFORMED)
    if role not in _ROLES:
        raise InvalidEventError("data.sender_role must be client or staff", reason=Reason.MALFORMED)
    text = data.get("text")
    if not isinstance(text, str):
        raise InvalidEventError("data.text must be a string", reason=Reason.MALFORMED)
    if len(_utf8(text, "text")) > MAX_TEXT_BYTES:
        raise InvalidEventError(f"data.text is over {MAX_TEXT_BYTES} bytes", reason=Reason.OVERSIZED)
    attachments = data.get("attachments", [])
    if not isinstance(attachments, list) or not all(isinstance(name, str) for name in attachments):
        raise InvalidEventError("data.attachments must be a list of file names", reason=Reason.MALFORMED)
    if len(attachments) > MAX_ATTACHMENTS:
        raise InvalidEventError(f"data.attachments has over {MAX_ATTACHMENTS} names", reason=Reason.OVERSIZED)
    for name in attachments:
        _utf8(name, "attachments")
    return MessageSent(
        origin_note_id=_text(data, "origin_note_id") if "origin_note_id" in data else None,
        firm_id=_text(data, "firm_id"),
        case_integration_id=_text(data, "case_integration_id"),
        message_id=_text(data, "message_id"),
        direction=_DIRECTIONS[direction],
        sender_name=_text(data, "sender_name", limit=MAX_NAME_CHARACTERS),
        sender_role=_ROLES[role],
        text=text,
        sent_at=_time(data, "sent_at"),
        attachments=tuple(attachments),
    )


def _document(data: Mapping[str, Any]) -> DocumentUploaded:
    size = data.get("size")
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        raise InvalidEventError(
            "data.size must be a whole number of bytes, 0 or more", reason=Reason.MALFORMED
        )
    sha256 = data.get("sha256")
    if sha256 is not None and not (isinstance(sha256, str) and _SHA256.fullmatch(sha256)):
        raise InvalidEventError("data.sha256 must be 64 hex digits, or absent", reason=Reason.MALFORMED)
    url = _text(data, "content_url", limit=4_000)
    if not url.startswith(("https://", "http://")):
        raise InvalidEventError("data.content_url must be an http(s) URL", reason=Reason.MALFORMED)
    return DocumentUploaded(
        firm_id=_text(data, "firm_id"),
        case_integration_id=_text(data, "case_integration_id"),
        document_id=_text(data, "document_id"),
        file_name=_text(data, "file_name", limit=4_000),
        content_type=_text(data, "content_type"),
        size=size,
        sha256=sha256.lower() if sha256 else None,
        content_url=url,
        uploaded_at=_time(data, "uploaded_at"),
        uploaded_by=_text(data, "uploaded_by", limit=MAX_NAME_CHARACTERS),
    )


def _text(fields: Mapping[str, Any], name: str, *, limit: int = MAX_ID_CHARACTERS) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InvalidEventError(f"{name} must be a non-empty string", reason=Reason.MALFORMED)
    if len(value) > limit:
        raise InvalidEventError(
            f"{name} has {len(value)} characters; the limit is {limit}", reason=Reason.OVERSIZED
        )
    _utf8(value, name)
    return value


def _utf8(value: str, name: str) -> bytes:
    """Return the UTF-8 bytes; lone surrogates and NUL can be said in JSON but stored nowhere."""
    if "\x00" in value:
        raise InvalidEventError(f"{name} holds the character U+0000", reason=Reason.MALFORMED)
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise InvalidEventError(f"{name} is not valid Unicode text", reason=Reason.MALFORMED) from None


def _time(fields: Mapping[str, Any], name: str) -> datetime:
    """Read an RFC 3339 time, in UTC."""
    value = fields.get(name)
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise InvalidEventError(f"{name} must be an RFC 3339 time with an offset", reason=Reason.MALFORMED)
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidEventError(f"{name} is not a date that exists", reason=Reason.MALFORMED) from None


def spellings_of_firm(firm_id: str) -> list[bytes]:
    """Return how the body of an event may name its firm: to find events of a firm that were never parsed."""
    names = {json.dumps(firm_id, ensure_ascii=ascii_only) for ascii_only in (False, True)}
    return [f'"firm_id":{space}{name}'.encode() for space in ("", " ") for name in sorted(names)]
