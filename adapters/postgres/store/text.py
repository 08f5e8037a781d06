"""Bulk parameters as one JSON document, and text that PostgreSQL can store."""

import json
from typing import Any

from core.storable import storable

MAX_DETAIL_CHARACTERS = 2_000


def bulk(rows: list[dict[str, Any]]) -> str:
    """Return the rows as JSON, the one parameter of a statement with `jsonb_to_recordset`.

    JSON can say U+0000 and lone surrogates, PostgreSQL cannot store them: the first are left out, the
    second become U+FFFD. Words of upstream events are mended long before; other systems' words and names
    are not.
    """
    # Not in ASCII, where an emoji looks like a lone surrogate and would send all rows the slow way.
    text = json.dumps(rows, ensure_ascii=False)
    if "\\u0000" in text or not _is_encodable(text):
        text = json.dumps(_storable(rows), ensure_ascii=False)
    return text


def short(text: str | None) -> str | None:
    """Return words for people, storable and at most 2,000 characters long."""
    return None if text is None else storable(text)[:MAX_DETAIL_CHARACTERS]


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return value
