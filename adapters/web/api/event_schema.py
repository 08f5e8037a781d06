"""What OpenAPI says of `POST /v1/events`. A test holds the schemas to those of the AsyncAPI document."""

from typing import Any, Final

from core.event import (
    MAX_ATTACHMENTS,
    MAX_DOCUMENT_BYTES,
    MAX_NAME_CHARACTERS,
    MAX_URL_CHARACTERS,
)
from core.event_fields import MAX_ID_CHARACTERS

_Schema = dict[str, Any]


_MENDED: Final = "U+0000 is left out, and U+FFFD stands for each half of a character or bad byte."


def _name(limit: int, **more: Any) -> _Schema:
    return {"type": "string", "minLength": 1, "maxLength": limit, "pattern": r"\S", **more}


def _id(description: str = "") -> _Schema:
    return _name(MAX_ID_CHARACTERS, **({"description": description} if description else {}))


_TIME: Final[_Schema] = {
    "type": "string",
    "format": "date-time",
    "description": "When it happened: after 1900, and at most a day ahead of the store's clock.",
}
_CASE_ID: Final = _id(
    "The SmartAdvocate case id, a whole number; leading zeros, a plus and blanks around it are dropped."
)


def _event(kind: str, data: _Schema) -> _Schema:
    return {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": _id(),
            "source": _id(),
            "time": {"type": ["string", "null"], "format": "date-time"},
            "subject": {"type": ["string", "null"], "description": "The case integration id, as in data."},
            "type": {"const": kind},
            "data": data,
        },
    }


MESSAGE_DATA: Final[_Schema] = {
    "type": "object",
    "required": [
        "firm_id",
        "case_integration_id",
        "message_id",
        "direction",
        "sender_name",
        "sender_role",
        "text",
        "sent_at",
    ],
    "properties": {
        "firm_id": _id(),
        "case_integration_id": _CASE_ID,
        "message_id": _id("Unique in the firm."),
        "direction": {
            "enum": ["inbound", "outbound"],
            "description": "Inbound is from the client to the firm.",
        },
        "sender_name": _name(MAX_NAME_CHARACTERS, description=_MENDED),
        "sender_role": {"enum": ["client", "staff"]},
        "text": {"type": "string", "description": f"Plain text, up to 64 KiB in UTF-8. {_MENDED}"},
        "sent_at": _TIME,
        "origin_note_id": {
            "type": ["string", "null"],
            "minLength": 1,
            "maxLength": MAX_ID_CHARACTERS,
            "description": "The `note_id` of the `message-written` announcement that it was made of.",
        },
        "attachments": {
            "type": ["array", "null"],
            "maxItems": MAX_ATTACHMENTS,
            "items": {"type": "string"},
            "description": f"File names. {_MENDED}",
        },
    },
}
DOCUMENT_DATA: Final[_Schema] = {
    "type": "object",
    "required": [
        "firm_id",
        "case_integration_id",
        "document_id",
        "file_name",
        "content_type",
        "size",
        "content_url",
        "uploaded_at",
        "uploaded_by",
    ],
    "properties": {
        "firm_id": _id(),
        "case_integration_id": _CASE_ID,
        "document_id": _id("Unique in the firm."),
        "file_name": _name(4_000, description=_MENDED),
        "content_type": _id(),
        "size": {
            "type": "integer",
            "minimum": 0,
            "maximum": MAX_DOCUMENT_BYTES,
            "description": "Bytes.",
        },
        "sha256": {"type": ["string", "null"], "pattern": "^[0-9a-fA-F]{64}$"},
        "content_url": {
            "type": "string",
            "maxLength": MAX_URL_CHARACTERS,
            "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://",
        },
        "uploaded_at": _TIME,
        "uploaded_by": _name(MAX_NAME_CHARACTERS, description=_MENDED),
    },
}
MESSAGE_EXAMPLE: Final[_Schema] = {
    "specversion": "1.0",
    "id": "0b8e6a9e-4b0f-4f0e-9d3c-5a1f6f6f2c11",
    "source": "/case-status",
    "type": "message-sent",
    "time": "2026-11-02T11:00:01Z",
    "subject": "300417",
    "data": {
        "firm_id": "north",
        "case_integration_id": "300417",
        "message_id": "m-1",
        "direction": "inbound",
        "sender_name": "Delphine Moreau",
        "sender_role": "client",
        "text": "When is my appointment?",
        "sent_at": "2026-11-02T11:00:00Z",
        "attachments": ["bill.pdf"],
    },
}
DOCUMENT_EXAMPLE: Final[_Schema] = {
    "specversion": "1.0",
    "id": "5f0c0a37-6a51-4c55-8c52-6d7f5a0d9e42",
    "source": "/case-status",
    "type": "document-uploaded",
    "time": "2026-11-02T11:00:01Z",
    "subject": "300417",
    "data": {
        "firm_id": "north",
        "case_integration_id": "300417",
        "document_id": "d-1",
        "file_name": "scan.pdf",
        "content_type": "application/pdf",
        "size": 1024,
        "content_url": "https://files.example.com/d-1",
        "uploaded_at": "2026-11-02T11:00:00Z",
        "uploaded_by": "Delphine Moreau",
    },
}

_EVENT: Final[_Schema] = {
    "oneOf": [_event("message-sent", MESSAGE_DATA), _event("document-uploaded", DOCUMENT_DATA)]
}
_EXAMPLES: Final[_Schema] = {
    "message-sent": {"summary": "A message was sent in Case Status", "value": MESSAGE_EXAMPLE},
    "document-uploaded": {"summary": "A document was uploaded in Case Status", "value": DOCUMENT_EXAMPLE},
}
REQUEST_BODY: Final[_Schema] = {
    "required": True,
    "description": "One event in JSON; a batch of them; or, in binary mode, the data with its attributes "
    "in headers named `ce-id`, `ce-source`, `ce-type`, `ce-specversion` and so on.",
    "content": {
        "application/cloudevents+json": {"schema": _EVENT, "examples": _EXAMPLES},
        "application/cloudevents-batch+json": {
            "schema": {"type": "array", "maxItems": 500, "items": _EVENT},
            "example": [MESSAGE_EXAMPLE, DOCUMENT_EXAMPLE],
        },
        "application/json": {
            "schema": {"oneOf": [MESSAGE_DATA, DOCUMENT_DATA]},
            "example": MESSAGE_EXAMPLE["data"],
        },
    },
}

PROBLEM: Final[_Schema] = {
    "type": "object",
    "required": ["type", "status", "title", "detail", "reason", "next_step"],
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "reason": {"type": "string"},
        "next_step": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "Every field that is wrong.",
            "items": {
                "type": "object",
                "required": ["field", "detail", "reason"],
                "properties": {name: {"type": "string"} for name in ("field", "detail", "reason")},
            },
        },
    },
}


def _refusal(description: str, **headers: str) -> _Schema:
    answer: _Schema = {
        "description": description,
        "content": {"application/problem+json": {"schema": PROBLEM}},
    }
    if headers:
        answer["headers"] = {
            name.replace("_", "-"): {"description": words, "schema": {"type": "string"}}
            for name, words in headers.items()
        }
    return answer


RESPONSES: Final[dict[int | str, _Schema]] = {
    200: {"description": "Known already, or an empty batch; nothing to do."},
    202: {"description": "Recorded. Of a batch: every event is recorded or known already."},
    207: {"description": "A batch of which some events were not taken: `results` has the answer to each."},
    400: _refusal("Several Authorization headers.", WWW_Authenticate="Bearer, with an error (RFC 6750)."),
    401: _refusal("The API key is missing or wrong.", WWW_Authenticate="Bearer, with an error (RFC 6750)."),
    403: _refusal("The API key lacks the scope `events`, or does not reach the event's firm."),
    409: _refusal(
        "Another event for the same message or document has other content; that one stands. It is named."
    ),
    413: _refusal("Over 256 KiB, or a batch over 4 MiB."),
    415: _refusal("A format of CloudEvents other than JSON, or a Content-Encoding."),
    421: _refusal("The firm has moved to another cell, or is on its way: send the event there."),
    422: _refusal("Not a valid event; kept with its reason. `errors` has every field that is wrong."),
    503: _refusal("Not recorded; send it again."),
}

CHECKED: Final[dict[int | str, _Schema]] = {
    **{status: told for status, told in RESPONSES.items() if status not in {202, 409, 421}},
    200: {"description": "It meets the contract. Of a batch: every event does, or it is empty."},
    207: {
        "description": "A batch of which some events would not be taken: `results` has the answer to each."
    },
    422: _refusal("Not a valid event. `errors` has every field that is wrong. Nothing is kept."),
    503: _refusal("The store's clock cannot be asked; try again."),
}
