"""Content-Encoding: which of its names mean something, and how that is undone."""

import gzip
import tracemalloc
from contextlib import suppress
from itertools import islice

import pytest

from adapters.case_status.codings import PIECE, NotEncodedError, packed_as, peeked, undone


@pytest.mark.parametrize(
    ("begun", "header", "coding"),
    [
        (b"", "gzip", None),
        (b"", "deflate", None),
        (b"%PDF-1.7", "gzip", None),
        (b"\x1f", "gzip", None),
        (b"\x1f\x8b", "", "gzip"),
        (b"\x1f\x8b\x08", "UTF-8", "gzip"),
        (b"\x1f\x8b\x08", "deflate", "gzip"),
        (b"\x78\x9c", "gzip", "deflate"),
        (b"\x78\x9d", "", None),
        (b"PK", "br, DEFLATE;q=1", "deflate"),
        (b"PK", "x" * 2000 + "deflate", None),
    ],
)
def test_how_it_begins_tells_what_it_is_packed_as(begun: bytes, header: str, coding: str | None) -> None:
    assert packed_as(begun, header) == coding


@pytest.mark.parametrize("pieces", [[], [b"a"], [b"a", b"b", b"c"], [b"", b"abc"], [b"abc", b"d"]])
def test_what_was_peeked_at_comes_whole(pieces: list[bytes]) -> None:
    begun, whole = peeked(iter(pieces))
    assert b"".join(whole) == b"".join(pieces)
    assert begun[:2] == b"".join(pieces)[:2]


@pytest.mark.parametrize("behind", [b"\r\n", b"garbage", b"\x1f", b"\x1f\x8bx", bytes(9) + b"x"])
@pytest.mark.parametrize("length", [1, 7, 9999])
def test_what_follows_a_gzip_and_is_none_is_left_out(behind: bytes, length: int) -> None:
    encoded, given = gzip.compress(b"abcd") + behind, b""
    cut = iter([encoded[i : i + length] for i in range(0, len(encoded), length)])
    with suppress(NotEncodedError):  # it may have been the beginning of another
        for piece in undone(cut, ["gzip"]):
            given += piece
    assert given == b"abcd"


@pytest.mark.parametrize("cut", [1, 9, 50, -1])
def test_what_ends_too_early_is_said_to(cut: int) -> None:
    encoded = gzip.compress(bytes(range(256)) * 4)
    with pytest.raises(NotEncodedError) as caught:
        list(undone(iter([encoded[:cut]]), ["gzip"]))
    assert caught.value.is_cut


def test_a_bomb_costs_what_is_taken_of_it() -> None:
    layer = gzip.compress(bytes(2**24), 1)  # 16 MiB in 75 KiB
    tracemalloc.start()
    pieces = list(islice(undone(iter([layer]), ["gzip"]), 4))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [len(piece) for piece in pieces] == [PIECE] * 4
    assert peak_bytes < 2**20
