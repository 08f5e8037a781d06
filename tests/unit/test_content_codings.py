"""Content-Encoding: which of its names mean something, and how that is undone."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from itertools import islice

import pytest

from adapters.http.codings import PIECE, NotEncodedError, packed_as, peeked, undone


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
        (b"\x4b\x4c\x04", "br, DEFLATE;q=1", "deflate"),
        (b"\x4b\x4c\x04", "x" * 2000 + "deflate", None),
        (b"\x4b\x4c\x04", "gzip", None),
        (b"words, and no more\r\n", "deflate", None),
        (b'{"a": "caf\xc3\xa9"}', "deflate", None),
        (b"hCaptcha", "", None),  # as RFC 1950's envelope would begin
        (b"400;chunk-signature=0a1b\r\nabc", "", "aws-chunked"),
        (b"400\r\nabc", "", "aws-chunked"),
        (b"400;other=0a1b\r\nabc", "aws-chunked", None),
        (b"400", "aws-chunked", None),
    ],
)
def test_how_it_begins_tells_what_it_is_packed_as(begun: bytes, header: str, coding: str | None) -> None:
    assert packed_as(begun, header) == coding


@pytest.mark.parametrize("pieces", [[], [b"a"], [b"a", b"b", b"c"], [b"", b"abc"], [b"abc", b"d"]])
def test_what_was_peeked_at_comes_whole(pieces: list[bytes]) -> None:
    begun, whole = peeked(iter(pieces))
    assert b"".join(whole) == b"".join(pieces) == begun


def test_no_more_is_peeked_at_than_tells_the_coding() -> None:
    pieces = iter([b"x" * 100] * 10)
    begun, _ = peeked(pieces)
    assert len(begun) < 400
    assert len(list(pieces)) > 5


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


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
@pytest.mark.parametrize("length", [3, 1000, 100_000])
def test_of_what_has_another_checksum_than_it_says_all_is_given_first(
    pack: Callable[[bytes], bytes], length: int
) -> None:
    data = (b"0123456789" * length)[:length]
    packed = bytearray(pack(data))
    packed[-1] ^= 1
    given: list[bytes] = []
    with pytest.raises(NotEncodedError) as caught:
        given.extend(undone([bytes(packed)], ["gzip" if pack is gzip.compress else "deflate"]))
    assert b"".join(given) == data
    assert not caught.value.is_cut


@pytest.mark.parametrize(
    ("body", "is_cut"),
    [
        (b"3\r\nabc\r\n", True),
        (b"3\r\nabc", True),
        (b"3\r\nab", True),
        (b"3\r\nabc\r\n0", True),
        (b"3\r\nabc" + b"x" * 300, False),
        (b"3\r\nabc\r\n-3\r\nabc" + b"x" * 300, False),
        (b"3\r\nabc\r\n" + b"0" * 300, False),
    ],
)
@pytest.mark.parametrize("length", [1, 1000])
def test_chunks_that_break_off_are_told_from_what_is_none(body: bytes, is_cut: bool, length: int) -> None:
    cut = [body[i : i + length] for i in range(0, len(body), length)]
    with pytest.raises(NotEncodedError) as caught:
        list(undone(cut, ["aws-chunked"]))
    assert caught.value.is_cut is is_cut


def test_a_bomb_costs_what_is_taken_of_it() -> None:
    layer = gzip.compress(bytes(2**24), 1)  # 16 MiB in 75 KiB
    tracemalloc.start()
    pieces = list(islice(undone(iter([layer]), ["gzip"]), 4))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [len(piece) for piece in pieces] == [PIECE] * 4
    assert peak_bytes < 2**20
