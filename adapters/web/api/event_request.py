"""Events in an HTTP request, in each mode of CloudEvents' HTTP binding 1.0.2: structured, binary, batched."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from core.cloud_event import CONTEXT, event_of, in_utf_8, split_batch
from core.errors import FieldFault, InvalidEventError
from core.event import MAX_EVENT_BYTES
from core.reason import Reason
from core.usecases.receive_events import Incoming

MAX_BATCH_BYTES: Final = 4 * 1024 * 1024
MAX_BATCH_EVENTS: Final = 500

WHOLE_BODY: Final = "body"  # the field that a fault of all events at once is in

_CHANNEL: Final = "http"
_PREFIX: Final = b"ce-"
_FORMATS: Final = frozenset({"application/cloudevents", "application/cloudevents+json"})
_BATCH: Final = "application/cloudevents-batch+json"
_QUOTED: Final = re.compile(rb'"((?:[^"\\]++|\\.)*+)("?)', re.DOTALL)
_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)
# Other names are none of any coding (character sets, transfer formats, blanks): the body tells what it is.
_CODED: Final = re.compile(rb"gzip|deflate|compress|\bbr\b|zstd|\bdc[bz]\b|\bexi\b")
_PERCENT: Final = re.compile(rb"%([0-9A-Fa-f]{2})")

Headers = Iterable[tuple[bytes, bytes]]


class UnknownFormatError(Exception):
    """The request's media type or coding is none that is read here; the message says which are."""


@dataclass(frozen=True, slots=True)
class EventRequest:
    """How a request says its events are written. `limit` is the most bytes that its body may have.

    `attributes` are those of the binary mode, None for any other.
    """

    content_type: str
    is_batch: bool
    attributes: dict[str, str] | None = None
    fault: FieldFault | None = None

    @property
    def limit(self) -> int:
        """The most bytes the body may have."""
        return MAX_BATCH_BYTES if self.is_batch else MAX_EVENT_BYTES

    def events(self, body: bytes) -> Sequence[Incoming]:
        """Return the events of the body; one with a fault stands for a batch that is no list of any."""
        body = in_utf_8(body, self.content_type)
        if self.is_batch:
            try:
                return [Incoming(_CHANNEL, event) for event in split_batch(body, MAX_BATCH_EVENTS)]
            except InvalidEventError as error:
                return [Incoming(_CHANNEL, body, fault=FieldFault(WHOLE_BODY, str(error), error.reason))]
        if self.fault is None and self.attributes is not None:
            body = event_of(self.attributes, self.content_type, body)
        return [Incoming(_CHANNEL, body, fault=self.fault)]


def event_request(headers: Headers) -> EventRequest:
    """Read how the events are written. Raises UnknownFormatError.

    A body of another type than CloudEvents' own, with no attribute in a header, is read as an event in JSON.
    """
    headers = [(name.lower(), value.strip(b" \t")) for name, value in headers]
    codings = [value.lower() for name, value in headers if name == b"content-encoding"]
    if any(_CODED.search(coding) for coding in codings):
        raise UnknownFormatError("send the body as it is: no Content-Encoding is read here")
    types = [value.decode("latin-1") for name, value in headers if name == b"content-type"]
    content_type = types[0] if types else ""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.startswith("application/cloudevents"):
        if media_type not in {*_FORMATS, _BATCH}:
            raise UnknownFormatError("of CloudEvents' formats JSON is read: application/cloudevents+json")
        return EventRequest(content_type, is_batch=media_type == _BATCH)
    found = [(name[len(_PREFIX) :], value) for name, value in headers if name.startswith(_PREFIX)]
    if not found:
        return EventRequest(content_type, is_batch=False)
    try:
        attributes = _attributes(found)
    except InvalidEventError as error:
        return EventRequest(content_type, False, {}, FieldFault("headers", str(error), error.reason))
    return EventRequest(content_type, False, attributes)


def _attributes(found: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for name_in_bytes, value in found:
        name = name_in_bytes.decode("latin-1")
        is_read = name in CONTEXT  # of extensions what cannot be read is left out
        if name in attributes and is_read:
            raise _malformed(f"the header ce-{name} is there more than once")
        try:
            attributes[name] = attribute_value(value)
        except UnicodeDecodeError:
            if is_read:
                raise _malformed(f"the header ce-{name} is not UTF-8, percent-encoded") from None
    return attributes


def attribute_value(value: bytes) -> str:
    """Return an attribute's value from its header (HTTP binding, 3.1.3.2). Raises UnicodeDecodeError.

    Quoted strings first, which older senders write, then one round of percent-decoding. A percent sign before
    anything but two hex digits stands for itself.
    """
    plain = _QUOTED.sub(lambda found: _ESCAPED.sub(rb"\1", found[1]) if found[2] else found[0], value)
    return _PERCENT.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), plain).decode("utf-8")


def _malformed(message: str) -> InvalidEventError:
    return InvalidEventError(message, reason=Reason.MALFORMED)
