"""Case Status as the source of events: `message-sent` CloudEvents, valid ones and every kind of broken one.

Written from the event contract alone (design, section 5).
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

MESSAGE_SENT = "message-sent"
DOCUMENT_UPLOADED = "document-uploaded"
SOURCE = "/case-status"
CONTENT_TYPE = "application/cloudevents+json"
OVERSIZED_BYTES = 256 * 1024 + 1
TEXT_TOO_LONG = 64 * 1024 + 1

_CLIENTS = ("Delphine Moreau", "Tobias Petrov", "Inés Núñez", "Marcus Okonkwo", "Greta O'Neill")
_STAFF = ("Ruth Okafor", "Lena Fischer", "Ivy Santos")
_SENTENCES = (
    "Hello, is there any news on my case?",
    "I saw the doctor yesterday and he sent the bill to your office.",
    "Your next appointment is on Tuesday at 10:30.",
    "Please sign the form <attached> & return it.",
    "Gracias, ¿cuándo será la audiencia?",
    "The adjuster called again; what should I say?",
    "Thank you! 🙏",
)


class MessageEvents:
    """Messages of one firm's cases; event n is the same for the same seed, firm, cases and moment."""

    def __init__(self, firm_id: str, case_ids: Sequence[str | int], seed: int = 1) -> None:
        if not case_ids:
            raise ValueError(f"firm {firm_id} has no cases to write messages for")
        self._firm_id = firm_id
        self._case_ids = [str(case_id) for case_id in case_ids]
        self._seed = seed

    def event(self, n: int, moment: datetime) -> dict[str, Any]:
        """Event `n`, sent at `moment`. Cases take turns in a shuffled order, so n messages spread evenly."""
        rng = random.Random(f"{self._seed}/{self._firm_id}/{n}")
        inbound = rng.random() < 0.6
        round_rng = random.Random(self._seed * 7919 + n // len(self._case_ids))
        start, step = round_rng.randrange(len(self._case_ids)), n % len(self._case_ids)
        case_id = self._case_ids[(start + step) % len(self._case_ids)]
        text = "\n".join(rng.choice(_SENTENCES) for _ in range(rng.randrange(1, 4)))
        sent_at = _rfc3339(moment)
        event_id = uuid.UUID(int=rng.getrandbits(128), version=4)
        data = {
            "message_id": f"m-{self._seed}-{n}",
            "direction": "inbound" if inbound else "outbound",
            "sender_name": rng.choice(_CLIENTS if inbound else _STAFF),
            "sender_role": "client" if inbound else "staff",
            "text": text,
            "sent_at": sent_at,
            "attachments": ["photo.jpg", "bill.pdf"][: rng.randrange(3)] if n % 10 == 3 else [],
        }
        return _event(event_id, MESSAGE_SENT, sent_at, self._firm_id, case_id, data)

    def body(self, n: int, moment: datetime) -> bytes:
        """Event `n` as it travels."""
        return encode(self.event(n, moment))

    def stream(self, count: int, clock: Callable[[], datetime], first: int = 0) -> Iterator[bytes]:
        """`count` bodies from number `first` on, each stamped when it is taken; stamps never go back or
        repeat.
        """
        last = datetime.min.replace(tzinfo=UTC)
        for n in range(first, first + count):
            last = max(clock(), last + timedelta(microseconds=1))
            yield self.body(n, last)

    def broken(self, kind: str, n: int, moment: datetime) -> bytes:
        """Event `n` broken in the way `kind` (a key of `BROKEN`) says. Raises KeyError."""
        return BROKEN[kind](self.event(n, moment))


def document_event(firm_id: str, case_id: str | int, row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The `document-uploaded` event of a document that `POST /_sandbox/documents` gave.

    `changes` are to its data. The document's id is the firm's and the sandbox's number; the time is now.
    """
    uploaded_at = _rfc3339(datetime.now(UTC))
    data = {
        "document_id": f"doc-{row['number']}",
        "file_name": row["file_name"],
        "content_type": row["content_type"],
        "size": row["size"],
        "sha256": row["sha256"],
        "content_url": row["content_url"],
        "uploaded_at": uploaded_at,
        "uploaded_by": _CLIENTS[row["number"] % len(_CLIENTS)],
        **changes,
    }
    return _event(uuid.uuid4(), DOCUMENT_UPLOADED, uploaded_at, firm_id, str(case_id), data)


def _event(
    event_id: uuid.UUID, kind: str, at: str, firm_id: str, case_id: str, data: dict[str, Any]
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(event_id),
        "source": SOURCE,
        "type": kind,
        "time": at,
        "subject": case_id,
        "datacontenttype": "application/json",
        "data": {"firm_id": firm_id, "case_integration_id": case_id, **data},
    }


def encode(event: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _without(*path: str) -> Callable[[dict[str, Any]], bytes]:
    def remove(event: dict[str, Any]) -> bytes:
        holder = event
        for name in path[:-1]:
            holder = holder[name]
        del holder[path[-1]]
        return encode(event)

    return remove


def _with(value: Any, *path: str) -> Callable[[dict[str, Any]], bytes]:
    def replace(event: dict[str, Any]) -> bytes:
        holder = event
        for name in path[:-1]:
            holder = holder[name]
        holder[path[-1]] = value
        return encode(event)

    return replace


def _unknown_case(event: dict[str, Any]) -> bytes:
    event["subject"] = event["data"]["case_integration_id"] = "999999999"
    return encode(event)


INVALID: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "empty": lambda _: b"",
    "malformed_json": lambda event: encode(event)[:-7],
    "invalid_utf8": lambda event: encode(event).replace(b'"message_id":"', b'"message_id":"\xff\xfe'),
    "not_an_object": lambda event: encode([event]),
    "foreign": lambda _: encode({"queue_name": "default", "actor_name": "resize", "args": [1], "kwargs": {}}),
    "missing_id": _without("id"),
    "missing_type": _without("type"),
    "missing_data": _without("data"),
    "missing_firm": _without("data", "firm_id"),
    "missing_case": _without("data", "case_integration_id"),
    "missing_message_id": _without("data", "message_id"),
    "missing_text": _without("data", "text"),
    "wrong_specversion": _with("0.3", "specversion"),
    "unknown_type": _with("invoice-paid", "type"),
    "unknown_direction": _with("sideways", "data", "direction"),
    "bad_sent_at": _with("yesterday", "data", "sent_at"),
    "wrong_types": _with(["not", "text"], "data", "text"),
    "text_too_long": _with("x" * TEXT_TOO_LONG, "data", "text"),
    "oversized": _with("x" * OVERSIZED_BYTES, "data", "text"),
}
"""What no reader may accept."""

WAITING: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "unknown_firm": _with("no-such-firm", "data", "firm_id"),
    "unknown_case": _unknown_case,
}
"""Valid events that cannot be delivered yet."""

BROKEN = INVALID | WAITING
