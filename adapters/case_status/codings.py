"""Content-Encoding as storages send it, which is often not what the bytes are.

Names of character sets, of transfer formats, blanks: people type it into a field of their storage. So no name
is believed. What the event says of length and SHA-256 decides, and gzip and deflate are undone only where
that proves it right.
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import Final

PIECE: Final = 64 * 1024  # bytes given at once
_MOST: Final = 2  # codings undone of one document
_GZIP, _ZLIB, _DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_UNDOABLE: Final = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}


class NotEncodedError(Exception):
    """The bytes are not in the form that their header names; `is_cut` where they only ended too early."""

    def __init__(self, *, is_cut: bool = False) -> None:
        super().__init__()
        self.is_cut = is_cut


def codings_in(header: str) -> Sequence[str]:
    """Return those codings of the header that can be undone, in the order in which they were applied."""
    names = [name.strip(" \t\"'").lower() for name in header[:1000].split(",")]
    known = [name for name in names if name in _UNDOABLE]
    return known if len(known) <= _MOST else []


def undone(pieces: Iterator[bytes], codings: Sequence[str]) -> Iterator[bytes]:
    """Give the pieces with their codings undone, never more than PIECE bytes at once.

    Raises NotEncodedError where they are not so encoded, or end too early; and what `pieces` does.
    """
    for coding in reversed(codings):
        pieces = _inflated(pieces, _UNDOABLE[coding])
    return pieces


def _inflated(pieces: Iterator[bytes], form: int) -> Iterator[bytes]:
    inflater, begun = zlib.decompressobj(form), b""
    is_given = False
    for piece in pieces:
        left = piece
        if form == _ZLIB and not is_given and len(begun) < PIECE:
            begun += piece
        while True:
            if inflater.eof:  # gzip may have several members, and storages pad it with zeros
                left = left.lstrip(b"\0") if form == _GZIP else b""
                if not left:
                    break
                inflater = zlib.decompressobj(form)
            try:
                given = inflater.decompress(left, PIECE)
            except zlib.error:
                if is_given or form != _ZLIB:
                    raise NotEncodedError from None
                # As some understood RFC 2616: without the envelope of RFC 1950.
                form, inflater, left = _DEFLATE, zlib.decompressobj(_DEFLATE), begun
                continue
            if given:
                is_given = True
                yield given
            left = inflater.unconsumed_tail or inflater.unused_data
            if not left and len(given) < PIECE:
                break
    if not inflater.eof:
        raise NotEncodedError(is_cut=True)
