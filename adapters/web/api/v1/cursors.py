"""Cursors: places in a list as opaque text. One of another list, or of other filters, is refused."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from core.errors import ConfigurationError
from core.instant import in_utc
from core.paging import Place
from core.reason import Reason
from core.storable import storable

_TIME: Final = "@"


class BadCursorError(ConfigurationError):
    """A cursor that was not given out for this list."""

    reason = Reason.MALFORMED


def encode(place: Place, of: str) -> str:
    """Return the cursor of a place; `of` tells the list and its filters."""
    parts = [
        f"{_TIME}{part.astimezone(UTC).isoformat()}" if isinstance(part, datetime) else part for part in place
    ]
    data = json.dumps([_digest(of), *parts], separators=(",", ":"))
    return base64.urlsafe_b64encode(data.encode()).rstrip(b"=").decode()


def decode(cursor: str | None, of: str, *kinds: type) -> Place | None:
    """Return the place of a cursor, None where there is none. Raises BadCursorError.

    `kinds` are those of the place's parts.
    """
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        digest, *parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        place = tuple(_part(part, kind) for part, kind in zip(parts, kinds, strict=True))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        digest, place = None, ()
    if digest != _digest(of) or not place:
        raise BadCursorError("the cursor is none of this list with these filters; begin without one")
    return place


def list_name(path: str, filters: Mapping[str, Any]) -> str:
    """Return what tells a list from another: where it is, and what it shows."""
    return json.dumps([path, sorted((name, str(value)) for name, value in filters.items() if value)])


def _part(part: Any, kind: type) -> str | int | datetime:
    if kind is datetime and isinstance(part, str) and part.startswith(_TIME):
        return in_utc(datetime.fromisoformat(part[1:]))
    if kind is int and type(part) is int and 0 <= part < 2**63:
        return part
    if kind is str and isinstance(part, str) and not part.startswith(_TIME) and storable(part) == part:
        return part
    raise ValueError


def _digest(of: str) -> str:
    return hashlib.sha256(of.encode()).hexdigest()[:8]
