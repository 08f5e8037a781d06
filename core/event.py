"""The upstream contract: CloudEvents 1.0 in JSON, `message-sent` and `document-uploaded`.

Shapes and limits: design, section 5. An event is judged here and nowhere else, whichever way it came.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from core.case_id import normal_case_id
from core.cloud_event import read_event
from core.document import DocumentUploaded
from core.errors import FieldFault, InvalidEventError
from core.event_fields import Fields
from core.message import Direction, MessageSent, SenderRole
from core.reason import Reason

MAX_EVENT_BYTES: Final = 256 * 1024
MAX_TEXT_BYTES: Final = 64 * 1024
MAX_NAME_CHARACTERS: Final = 500
MAX_ATTACHMENTS: Final = 200
MAX_URL_CHARACTERS: Final = 4_000
MAX_DOCUMENT_BYTES: Final = 2**40  # a tebibyte: more is no size of a document
_DIRECTIONS: Final = {direction.value: direction for direction in Direction}
_ROLES: Final = {role.value: role for role in SenderRole}
_CANONICAL: Final = json.JSONEncoder(sort_keys=True)


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


def parse_event(
    body: bytes, *, expected: EventKind | None = None, now: datetime | None = None
) -> UpstreamEvent:
    """Read one CloudEvent in JSON; `expected` is the kind its queue or caller promises, if any.

    `now` (UTC) is the store's time: nothing may be from more than a day after it. Raises InvalidEventError
    naming every field that is wrong, the limit and what was found, never the content.
    """
    if len(body) > MAX_EVENT_BYTES:
        raise InvalidEventError(
            f"the event has {len(body)} bytes; the limit is {MAX_EVENT_BYTES}", reason=Reason.OVERSIZED
        )
    event = read_event(body)
    if event.get("specversion") != "1.0":
        raise InvalidEventError("specversion must be '1.0' (CloudEvents 1.0)", reason=Reason.FOREIGN)
    faults: list[FieldFault] = []
    envelope = Fields(event, "", faults, now)
    event_id, source = envelope.text("id"), envelope.text("source")
    envelope.timestamp("time")
    subject = envelope.optional_text("subject")
    envelope.optional_text("datacontenttype")
    kind = _kind(envelope, expected)
    content = _content(event, kind, faults, now)
    if content is not None and subject:
        case_id = content.case_integration_id
        if case_id and normal_case_id(subject) != case_id:
            envelope.fault(
                "subject", "must equal data.case_integration_id (both name the case)", Reason.CONTRADICTORY
            )
    if faults or kind is None or content is None:
        raise InvalidEventError.of(faults)
    return UpstreamEvent(
        kind=kind,
        event_id=event_id,
        source=source,
        firm_id=content.firm_id,
        case_integration_id=content.case_integration_id,
        subject_id=content.subject_id,
        occurred_at=content.occurred_at,
        content=content,
        digest=_digest(content),
    )


def _digest(content: EventContent) -> str:
    meaning = content.to_data()
    meaning.pop("content_url", None)  # signed addresses differ each time they are given out
    return hashlib.sha256(_CANONICAL.encode(meaning).encode()).hexdigest()


def _kind(envelope: Fields, expected: EventKind | None) -> EventKind | None:
    name = envelope.text("type")
    if not name:
        return None
    try:
        kind = EventKind(name)
    except ValueError:
        envelope.fault("type", f"is not known; known: {', '.join(EventKind)}", Reason.UNKNOWN_TYPE)
        return None
    if expected is not None and kind is not expected:
        envelope.fault("type", f"is {kind}, but it came where {expected} belongs", Reason.FOREIGN)
        return None
    return kind


def _content(
    event: Mapping[str, Any], kind: EventKind | None, faults: list[FieldFault], now: datetime | None
) -> EventContent | None:
    data = event.get("data")
    if not isinstance(data, dict):
        faults.append(FieldFault("data", "data must be a JSON object", Reason.MALFORMED))
        return None
    if kind is None:
        return None
    fields = Fields(data, "data.", faults, now)
    return _message(fields) if kind is EventKind.MESSAGE_SENT else _document(fields)


def _message(data: Fields) -> MessageSent:
    return MessageSent(
        firm_id=data.text("firm_id"),
        case_integration_id=data.case_id("case_integration_id"),
        message_id=data.text("message_id"),
        direction=data.one_of("direction", _DIRECTIONS),
        sender_name=data.name("sender_name", MAX_NAME_CHARACTERS),
        sender_role=data.one_of("sender_role", _ROLES),
        text=data.words("text", MAX_TEXT_BYTES),
        sent_at=data.instant("sent_at"),
        attachments=data.names("attachments", MAX_ATTACHMENTS),
        origin_note_id=data.optional_text("origin_note_id"),
    )


def _document(data: Fields) -> DocumentUploaded:
    return DocumentUploaded(
        firm_id=data.text("firm_id"),
        case_integration_id=data.case_id("case_integration_id"),
        document_id=data.text("document_id"),
        file_name=data.name("file_name", 4_000),
        content_type=data.text("content_type"),
        size=data.whole("size", MAX_DOCUMENT_BYTES),
        sha256=data.sha256("sha256"),
        content_url=data.url("content_url", MAX_URL_CHARACTERS),
        uploaded_at=data.instant("uploaded_at"),
        uploaded_by=data.name("uploaded_by", MAX_NAME_CHARACTERS),
    )


def spellings_of_firm(firm_id: str) -> list[bytes]:
    """Return how the body of an event may name its firm: to find events of a firm that were never parsed."""
    names = {json.dumps(firm_id, ensure_ascii=ascii_only) for ascii_only in (False, True)}
    return [f'"firm_id":{space}{name}'.encode() for space in ("", " ") for name in sorted(names)]
