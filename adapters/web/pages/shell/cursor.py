"""The place in a list where a page goes on, as part of an address."""

import base64
import binascii
import json
from urllib.parse import quote, urlencode

from core.paging import Place
from core.storable import storable


def to_text(place: Place | None) -> str | None:
    """Return the place for an address; None where no row follows. Places of numbers and texts alone."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def from_text(text: str | None, *kinds: type) -> Place | None:
    """Return the place, whose parts are of these kinds; None for none.

    What is no place of this list is none, too: the list then begins anew.
    """
    if not text:
        return None
    try:
        read = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    is_place = isinstance(read, list) and [type(part) for part in read] == [*kinds]
    return tuple(read) if is_place and all(map(_can_be, read)) else None


def _can_be(part: str | int) -> bool:
    """Tell whether a row could have it: the store holds no other numbers and texts."""
    return 0 <= part < 2**63 if isinstance(part, int) else storable(part) == part


def firm_url(firm_id: str, rest: str = "", **query: object) -> str:
    """Return the address of a firm's page; what is None or "" of the query is left out."""
    named = {name: value for name, value in query.items() if value not in (None, "")}
    url = f"/firms/{quote(firm_id, safe='')}{rest}"
    return f"{url}?{urlencode(named)}" if named else url
