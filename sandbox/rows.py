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
_SUMMARY_TEXT, _CONTACT_TEXT = SUMMARY.decode(), CONTACT.decode()
SUMMARY_FIELDS = (
    "caseID",
    "caseNumber",
    "caseTypeID",
    "caseType",
    "caseStatusID",
    "caseStatus",
    "modifiedDate",
)

# Keys that stand where marks go while a row is encoded, which is quicker than encoding its pieces one by one.
_OPEN_SUMMARY, _CLOSE_SUMMARY, _OPEN_CONTACT, _CLOSE_CONTACT = "\x7f1", "\x7f2", "\x7f3", "\x7f4"
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def pack(case: dict[str, Any]) -> bytes:
    """The stored form of a case row with contacts."""
    marked = {name: case[name] for name in SUMMARY_FIELDS if name in case}
    if marked:
        marked[_OPEN_SUMMARY] = 0
    marked |= {name: value for name, value in case.items() if name not in marked}
    people = case.get("plaintiffs")
    if isinstance(people, list):
        marked["plaintiffs"] = [_plaintiff(person) for person in people]
    if _OPEN_SUMMARY in marked:
        marked[_CLOSE_SUMMARY] = 0
    text = _encode(marked)
    for key in (_OPEN_SUMMARY, _CLOSE_SUMMARY):
        text = text.replace(f',"{key}":0', _SUMMARY_TEXT)
    for key in (_OPEN_CONTACT, _CLOSE_CONTACT):
        text = text.replace(f',"{key}":0', _CONTACT_TEXT)
    return text.encode(errors="surrogatepass")


def _plaintiff(person: Any) -> Any:
    if not isinstance(person, dict) or "contact" not in person or len(person) == 1:
        return person
    marked = {name: value for name, value in person.items() if name != "contact"}
    return marked | {_OPEN_CONTACT: 0, "contact": person["contact"], _CLOSE_CONTACT: 0}


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
