"""Headers that pika cannot read: a time beyond year 9999, a number that is none, lists in lists without end.

pika raises an error from the middle of a frame for them. The connection is lost, the message comes again,
and every message fetched beside it counts as tried once more: one sender's slip would stop the intake of all.
"""

import struct
from collections.abc import Callable
from typing import Final

import pika.data

_SIZES: Final = {b"T": 8, b"f": 4, b"d": 8}  # bytes of a time, a float, a double
_LONG: Final = frozenset({b"A", b"F"})  # lists and tables: their length in bytes comes first
_Decoder = Callable[[bytes, int], tuple[object, int]]


def tolerate_odd_headers() -> None:
    """Let pika read such a value as none, in this process; again changes nothing.

    pika looks its reader up by this name for each value, and offers no other way in.
    """
    known: _Decoder = pika.data.decode_value
    if isinstance(known, _Tolerant):
        return
    pika.data.decode_value = _Tolerant(known)


class _Tolerant:
    def __init__(self, known: _Decoder) -> None:
        self._known = known

    def __call__(self, encoded: bytes, offset: int) -> tuple[object, int]:
        kind = encoded[offset : offset + 1]
        size = _SIZES.get(kind)
        if size is None and kind not in _LONG:
            return self._known(encoded, offset)
        try:
            return self._known(encoded, offset)
        except (ValueError, OverflowError, OSError):
            if size is None:
                raise
            return None, offset + 1 + size
        except RecursionError:
            if size is not None:
                raise
            [length] = struct.unpack_from(">I", encoded, offset + 1)
            return None, offset + 5 + length
