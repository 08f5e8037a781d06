"""Case rows as bytes: rendered once, so that a page is a join and not a rendering.

A stored row holds two kinds of marks, which never occur in JSON text: `SUMMARY` around everything that a
summary row leaves out, `CONTACT` around each `"contact": {...}` of a plaintiff. Cutting is a split,
removing is a translate.
"""

from __future__ import annotations

import json
from typing import Any

SUMMARY = b"\x1d"
CONTACT = b"\x1e"
SUMMARY_FIELDS = (
    "caseID",
    "caseNumber",
    "caseTypeID",
    "caseType",
    "caseStatusID",
    "caseStatus",
    "modifiedDate",
)

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def pack(case: dict[str, Any]) -> bytes:
    """The stored form of a case row with contacts."""
    head = _encode({name: case[name] for name in SUMMARY_FIELDS if name in case})
    tail = _encode(
        {name: value for name, value in case.items() if name not in SUMMARY_FIELDS and name != "plaintiffs"}
    )
    plaintiffs = case.get("plaintiffs")
    people = b"null" if plaintiffs is None else b"[" + b",".join(map(_plaintiff, plaintiffs)) + b"]"
    middle = tail[1:-1] + "," if len(tail) > 2 else ""
    comma = b"," if len(head) > 2 else b""
    return b"".join(
        (head[:-1].encode(), SUMMARY, comma, middle.encode(), b'"plaintiffs":', people, SUMMARY, b"}"),
    )


def _plaintiff(plaintiff: Any) -> bytes:
    if not isinstance(plaintiff, dict) or "contact" not in plaintiff:
        return _encode(plaintiff).encode()
    base = _encode({name: value for name, value in plaintiff.items() if name != "contact"})
    contact = _encode(plaintiff["contact"])
    comma = "," if len(base) > 2 else ""
    return b"".join((base[:-1].encode(), CONTACT, f'{comma}"contact":{contact}'.encode(), CONTACT, b"}"))


def unpack(row: bytes) -> dict[str, Any]:
    """The case a stored row holds. Raises ValueError for a raw row that is not JSON."""
    case: dict[str, Any] = json.loads(whole(row))
    return case


def whole(row: bytes) -> bytes:
    """The row, or several joined ones, with contacts."""
    return row.translate(None, SUMMARY + CONTACT)


def without_contacts(row: bytes) -> bytes:
    """The row, or several joined ones, as answered when nobody asked for contacts."""
    return b"".join(row.split(CONTACT)[::2]).translate(None, SUMMARY)


def summary(row: bytes) -> bytes:
    """The row, or several joined ones, cut to `SUMMARY_FIELDS`."""
    return b"".join(row.split(SUMMARY)[::2])
