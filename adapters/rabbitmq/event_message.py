"""An event in a message, in either mode of CloudEvents' AMQP binding 1.0.2: structured or binary.

The binding is written for AMQP 1.0; its application properties are the headers of AMQP 0.9.1, as RabbitMQ
itself translates them.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pika.spec import BasicProperties

from core.cloud_event import CONTEXT, event_of, in_utf_8
from core.errors import FieldFault
from core.event import EventKind
from core.reason import Reason
from core.usecases.receive_events import Incoming

_PREFIXES: Final = ("cloudEvents:", "cloudEvents_")  # the second where a broker's filters take no colon
_FORMATS: Final = frozenset({"application/cloudevents", "application/cloudevents+json"})


def incoming(kind: EventKind, properties: BasicProperties, body: bytes) -> Incoming:
    """Return what came in over the queue of `kind`, as an event in JSON.

    A message of another type than CloudEvents' own, with no attribute in a header, is an event in JSON.
    """
    content_type = _in_letters(properties.content_type or "")
    media_type = content_type.partition(";")[0].strip().lower()
    body = in_utf_8(body, content_type)
    if media_type.startswith("application/cloudevents"):
        if media_type in _FORMATS:
            return Incoming(kind.value, body, kind)
        detail = (
            "content-type must be application/cloudevents+json: no other format, and no batch, is read here"
        )
        return Incoming(kind.value, body, kind, FieldFault("content-type", detail, Reason.FOREIGN))
    attributes, fault = _attributes(properties.headers or {})
    if fault is not None:
        return Incoming(kind.value, body, kind, fault)
    if attributes:
        body = event_of(attributes, content_type, body)
    return Incoming(kind.value, body, kind)


def _in_letters(value: str | bytes) -> str:
    # pika gives out as bytes what is not UTF-8.
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _attributes(headers: Mapping[str | bytes, Any]) -> tuple[dict[str, str], FieldFault | None]:
    attributes: dict[str, str] = {}
    for name_or_bytes, value in headers.items():
        header = _in_letters(name_or_bytes)
        prefix = next((prefix for prefix in _PREFIXES if header.startswith(prefix)), None)
        if prefix is None or value is None:
            continue
        name, text = header[len(prefix) :], _canonical(value)
        if text is None and name not in CONTEXT:
            continue  # of extensions what cannot be read is left out
        if text is None or (name in CONTEXT and attributes.get(name, text) != text):
            detail = f"the header {header[:60]} is not one attribute's value"
            return {}, FieldFault("headers", detail, Reason.MALFORMED)
        attributes[name] = text
    return attributes, None


def _canonical(value: Any) -> str | None:
    """Return an attribute's canonical string (CloudEvents 1.0.2, 3.1); None for what no attribute can be."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        instant = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return instant.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return None
    return str(value) if isinstance(value, str | int) else None
