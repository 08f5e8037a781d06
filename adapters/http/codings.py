"""How bytes are packed, told by themselves: proxies and storages name what is not there, and hide what is.

Names of character sets, of transfer formats, blanks: people type them into a field of their storage, and a
proxy unpacks what it passes on and leaves the name. So a name counts only where the bytes could not tell.
"""

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

PIECE: Final = 64 * 1024  # bytes given at once
MOST: Final = 2  # codings undone of one body
GZIP, DEFLATE, AWS_CHUNKED = "gzip", "deflate", "aws-chunked"
_FORM: Final = {GZIP: 16 + zlib.MAX_WBITS, DEFLATE: zlib.MAX_WBITS}
_BARE: Final = -zlib.MAX_WBITS
# Bytes given to zlib at once. It copies what it did not use: of many small gzips in a row a square of this.
_SLICE: Final = 8 * 1024
_LOOKED_AT: Final = (
    256  # bytes: packed ones are hardly all of them text, and the line before a chunk is shorter
)
_MAGIC: Final = b"\x1f\x8b"  # RFC 1952, 2.3.1; no JSON, and no page, begins so
_TEXT: Final = re.compile(rb'\s*(?:[\[{"<]|[\t\n\r\x20-\x7e]*\Z)')
# As S3's clients sign a body in pieces, and HTTP's own chunks, which some storages keep like it.
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,12})(?:;chunk-signature=[0-9A-Fa-f]{1,128})?\r\n")
_NEXT_CHUNK: Final = re.compile(rb"\r\n" + _CHUNK.pattern)


class NotEncodedError(Exception):
    """The bytes are not in the form they were taken for; `is_cut` where they only ended too early."""

    def __init__(self, *, is_cut: bool = False) -> None:
        super().__init__()
        self.is_cut = is_cut


def packed_as(begun: bytes, header: str) -> str | None:
    """Return the coding that bytes beginning like this may be in; None for none that can be undone.

    `header` is Content-Encoding. It only counts where nothing else could tell: deflate without the envelope
    of RFC 1950, which some understood RFC 2616 to mean; never against bytes that are plain text.
    """
    if begun.startswith(_MAGIC):
        return GZIP
    if _CHUNK.match(begun):
        return AWS_CHUNKED
    has_envelope = len(begun) > 1 and begun[0] & 0x0F == 8 and int.from_bytes(begun[:2], "big") % 31 == 0
    if has_envelope or (begun and "deflate" in header[:1000].lower()):
        return None if _TEXT.match(begun[:_LOOKED_AT]) else DEFLATE
    return None


def peeked(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return how it begins, as much as `packed_as` looks at where there is as much, and the whole again."""
    begun = b""
    for piece in pieces:
        begun += piece
        if len(begun) >= _LOOKED_AT:
            break
    return begun, chain([begun], pieces) if begun else pieces


def undone(pieces: Iterable[bytes], codings: Sequence[str]) -> Iterator[bytes]:
    """Give the pieces with their codings undone, the last of them first.

    Never more than PIECE bytes at once where one of them is undone. What follows the end of what was packed
    is left out, as gunzip does.

    Raises NotEncodedError where they are not so encoded, end too early or have another checksum than they
    say, after all that could be undone; and what `pieces` does.
    """
    undone_ = iter(pieces)
    for coding in reversed(codings):
        undone_ = _unchunked(undone_) if coding == AWS_CHUNKED else _inflated(undone_, _FORM[coding])
    return undone_


def _inflated(pieces: Iterable[bytes], form: int) -> Iterator[bytes]:
    inflater, begun = zlib.decompressobj(form), b""
    is_given = is_whole = is_begun = False
    for piece in _sliced(pieces, _SLICE):
        left = piece
        if form == _FORM[DEFLATE] and not is_given and len(begun) < PIECE:
            begun += piece
        while True:
            if inflater.eof:  # gzip may have several members, and storages pad it with zeros
                left = left.lstrip(b"\0") if form == _FORM[GZIP] else b""
                if not left:
                    break
                inflater, is_whole, is_begun = zlib.decompressobj(form), True, False
            before = inflater.copy()
            try:
                given = inflater.decompress(left, PIECE)
            except zlib.error:
                if is_whole and not is_begun:
                    return
                for given in _before_error(before, left):
                    is_given = True
                    yield given
                if is_given or form != _FORM[DEFLATE]:
                    raise NotEncodedError from None
                form, inflater, left = _BARE, zlib.decompressobj(_BARE), begun
                continue
            if given:
                is_given = is_begun = True
                yield given
            left = inflater.unconsumed_tail or inflater.unused_data
            if not left and len(given) < PIECE:
                break
    if not inflater.eof and (is_begun or not is_whole):
        raise NotEncodedError(is_cut=True)


def _before_error(inflater: "zlib._Decompress", left: bytes) -> Iterator[bytes]:
    """Give what comes of the bytes before the one that is wrong: zlib keeps it to itself.

    A wrong checksum at the end makes no byte before it another.
    """
    for at in range(len(left)):
        try:
            given = inflater.decompress(left[at : at + 1])
        except zlib.error:
            return
        if given:
            yield given


def _unchunked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    line, held, at, left = _CHUNK, b"", 0, 0  # `left` of the chunk that is being read
    for piece in _sliced(pieces, PIECE):
        held, at = held[at:] + piece, 0
        while at < len(held):
            if left:
                given = held[at : at + left]
                at, left = at + len(given), left - len(given)
                yield given
                continue
            found = line.match(held, at)
            if found is None:
                if len(held) - at >= _LOOKED_AT:
                    raise NotEncodedError
                break  # its end is still to come
            line, at, left = _NEXT_CHUNK, found.end(), int(found[1], 16)
            if not left:
                return  # behind it come trailers alone
    raise NotEncodedError(is_cut=True)


def _sliced(pieces: Iterable[bytes], length: int) -> Iterator[bytes]:
    for piece in pieces:
        for at in range(0, len(piece), length):
            yield piece[at : at + length]
