"""Which charset a content type names, where that can make a difference to JSON."""

from typing import Final

_ONE_BYTE: Final = frozenset({"iso-8859-1", "latin-1", "latin1", "windows-1252", "cp1252", "us-ascii"})


def charset_of(content_type: str) -> str:
    """Return the one-byte charset that a content type names, "" for any other: JSON is UTF-8 (RFC 8259)."""
    _, _, named = content_type[:200].lower().partition("charset=")
    return "windows-1252" if named.partition(";")[0].strip(" \"'") in _ONE_BYTE else ""
