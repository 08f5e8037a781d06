"""The place in a list where a page goes on, as part of an address."""

import base64
import binascii
import json
from urllib.parse import quote, urlencode

from core.paging import Place


def to_text(place: Place | None) -> str | None:
    """Return the place for an address; None where no row follows. Places of numbers and texts alone."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def from_text(text: str | None) -> Place | None:
    """Return the place, None for none; one that is no place of ours is none: the list then begins anew."""
    if not text:
        return None
    try:
        read = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    is_place = isinstance(read, list) and read and all(type(part) in {str, int} for part in read)
    return tuple(read) if is_place else None


def number_in(place: Place | None) -> Place | None:
    """Return a place that is a number, None for any other."""
    return place if place and isinstance(place[0], int) and 0 <= place[0] < 2**63 else None


def firm_url(firm_id: str, rest: str = "", **query: object) -> str:
    """Return the address of a firm's page; what is None or "" of the query is left out."""
    named = {name: value for name, value in query.items() if value not in (None, "")}
    url = f"/firms/{quote(firm_id, safe='')}{rest}"
    return f"{url}?{urlencode(named)}" if named else url
