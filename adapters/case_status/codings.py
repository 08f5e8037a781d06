"""Content-Encoding as storages send it, which is often not what the bytes are.

Names of character sets, of transfer formats, blanks: people type it into a field of their storage. So no name
is believed, nor its absence. What the event says of length and SHA-256 decides, and gzip and deflate are
undone only where that proves it right.
"""

import zlib
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

PIECE: Final = 64 * 1024  # bytes given at once
MOST: Final = 2  # codings undone of one document
_GZIP, _ZLIB, _DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_UNDOABLE: Final = {"gzip": _GZIP, "deflate": _ZLIB}


class NotEncodedError(Exception):
    """The bytes are not in the form that their header names; `is_cut` where they only ended too early."""

    def __init__(self, *, is_cut: bool = False) -> None:
        super().__init__()
        self.is_cut = is_cut


def packed_as(begun: bytes, header: str) -> str | None:
    """Return the coding that bytes beginning like this may be in; None for none that can be undone.

    The header only counts where nothing else could tell: deflate without the envelope of RFC 1950.
    """
    if begun.startswith(b"\x1f\x8b"):  # RFC 1952, 2.3.1
        return "gzip"
    has_envelope = len(begun) > 1 and begun[0] & 0x0F == 8 and int.from_bytes(begun[:2], "big") % 31 == 0
    return "deflate" if has_envelope or (begun and "deflate" in header[:1000].lower()) else None


def peeked(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return how it begins, two bytes or more where there are, and the whole again."""
    begun = b""
    for piece in pieces:
        begun += piece
        if len(begun) > 1:
            break
    return begun, chain([begun], pieces) if begun else pieces


def undone(pieces: Iterator[bytes], codings: Sequence[str]) -> Iterator[bytes]:
    """Give the pieces with their codings undone, the last of them first, never more than PIECE bytes at once.

    What follows a gzip's end and is no gzip itself is left out, as gunzip does.

    Raises NotEncodedError where they are not so encoded, or end too early; and what `pieces` does.
    """
    for coding in reversed(codings):
        pieces = _inflated(pieces, _UNDOABLE[coding])
    return pieces


def _inflated(pieces: Iterator[bytes], form: int) -> Iterator[bytes]:
    inflater, begun = zlib.decompressobj(form), b""
    is_given = is_whole = is_begun = False
    for piece in pieces:
        left = piece
        if form == _ZLIB and not is_given and len(begun) < PIECE:
            begun += piece
        while True:
            if inflater.eof:  # gzip may have several members, and storages pad it with zeros
                left = left.lstrip(b"\0") if form == _GZIP else b""
                if not left:
                    break
                inflater, is_whole, is_begun = zlib.decompressobj(form), True, False
            try:
                given = inflater.decompress(left, PIECE)
            except zlib.error:
                if is_whole and not is_begun:
                    return
                if is_given or form != _ZLIB:
                    raise NotEncodedError from None
                # As some understood RFC 2616: without the envelope of RFC 1950.
                form, inflater, left = _DEFLATE, zlib.decompressobj(_DEFLATE), begun
                continue
            if given:
                is_given = is_begun = True
                yield given
            left = inflater.unconsumed_tail or inflater.unused_data
            if not left and len(given) < PIECE:
                break
    if not inflater.eof:
        raise NotEncodedError(is_cut=True)
