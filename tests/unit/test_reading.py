"""An answer's body, whole and unpacked: whatever its header says of the packing, and within limits."""

import gzip
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from functools import partial

import httpx2
import pytest

from adapters.http.reading import TooLargeError, read_whole
from tests.properties.growth import grows_too_fast

JSON = b'{"a": "caf\xc3\xa9, and words enough that packing them is worth while, while it is worth while"}'
# Without a time in it: else the tests would have other names in each process.
packed = partial(gzip.compress, mtime=0)
WRAPPED = zlib.compress(JSON)
PACKED = packed(JSON)


class Body(httpx2.SyncByteStream):
    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces


def read(body: bytes, header: str | None = None, *, limit: int = 10_000) -> bytes:
    headers = {} if header is None else {"Content-Encoding": header}
    response = httpx2.Response(200, headers=headers, stream=Body(body[:7], body[7:]))
    return read_whole(response, time.monotonic() + 60, limit)


@pytest.mark.parametrize(
    ("body", "header"),
    [
        *((JSON, name) for name in (None, "", "gzip", "deflate", "br", "UTF-8", "aws-chunked", "x" * 5_000)),
        *((PACKED, name) for name in (None, "", "gzip", "x-gzip", "deflate", "identity", "gzip, gzip", "br")),
        *((body, "deflate") for body in (WRAPPED, WRAPPED[2:-4])),
        *((packed(PACKED), name) for name in ("gzip", "gzip, gzip")),
        (packed(JSON[:20]) + packed(JSON[20:]), "gzip"),
        *((PACKED + behind, "gzip") for behind in (b"\0" * 9, b"\r\n", b"\x1f")),
    ],
)
def test_the_bytes_tell_how_they_are_packed_and_no_name(body: bytes, header: str | None) -> None:
    assert read(body, header) == JSON


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", ""])
def test_nothing_at_all_is_nothing_however_it_is_packed(name: str) -> None:
    assert read(b"", name) == read(gzip.compress(b""), name) == b""


@pytest.mark.parametrize("body", [PACKED[:2], PACKED[:15], PACKED[:-1], PACKED[:12] + b"\xff" * 40])
def test_what_is_cut_off_or_damaged_is_no_answer(body: bytes) -> None:
    with pytest.raises(httpx2.DecodingError):
        read(body, "gzip")


@pytest.mark.parametrize("body", [b"XG is text", b"2c\r\n[]", b"x^2"])
@pytest.mark.parametrize("name", [None, "deflate", "aws-chunked"])
def test_plain_text_stays_as_it_is_however_it_begins(body: bytes, name: str | None) -> None:
    assert read(body, name) == body


@pytest.mark.parametrize("packed_badly", [PACKED[:-1] + b"?", WRAPPED[:-1] + b"?"])
def test_an_answer_with_another_checksum_than_it_says_is_none(packed_badly: bytes) -> None:
    with pytest.raises(httpx2.DecodingError):
        read(packed_badly, "deflate")


def test_many_small_gzips_are_read_in_time_that_grows_with_their_length() -> None:
    part = packed(b"x")
    assert not grows_too_fast(lambda length: partial(read, part * (length // len(part)), limit=2**20), 2**20)


@pytest.mark.parametrize("layers", [1, 2])
def test_what_becomes_too_much_is_given_up_before_it_is_there(layers: int) -> None:
    body = bytes(2**24)
    for _ in range(layers):
        body = gzip.compress(body)
    with pytest.raises(TooLargeError):
        read(body, "gzip", limit=2**20)


def test_an_error_that_somebody_keeps_holds_nothing_of_what_was_read() -> None:
    piece = bytes(2**16)
    response = httpx2.Response(200, stream=Body(*[piece] * 300))
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError) as caught:
            read_whole(response, time.monotonic() + 60, 2**24)
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.tb is not None
    assert now < 2**20
    assert peak >= 2**23


def test_what_unpacks_to_nothing_ends_where_it_ends() -> None:
    nothing = gzip.compress(b"")[:10] + b"\0\0\0\xff\xff" * 2**18  # blocks that hold no byte each
    with pytest.raises(httpx2.DecodingError):
        read(nothing, "gzip", limit=2**24)
