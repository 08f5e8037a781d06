"""Any bytes in any coding."""

import contextlib
import gzip
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.codings import PIECE, NotEncodedError, packed_as, undone
from tests.properties.growth import grows_too_fast


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def in_pieces(data: bytes, length: int) -> Iterator[bytes]:
    return iter([data[i : i + length] for i in range(0, len(data), length)])


@given(st.binary(max_size=20), st.text(max_size=2000))
def test_any_header_is_read(begun: bytes, header: str) -> None:
    assert packed_as(begun, header) in {None, "gzip", "deflate", "aws-chunked"}


@given(st.binary(max_size=200))
def test_what_is_packed_says_so_itself(data: bytes) -> None:
    assert packed_as(gzip.compress(data), "") == "gzip"
    assert packed_as(zlib.compress(data), "") == "deflate"


def in_chunks(length: int, extension: bytes, behind: bytes) -> Callable[[bytes], bytes]:
    def encode(data: bytes) -> bytes:
        parts = [data[i : i + length] for i in range(0, len(data), length)] + [b""]
        return b"\r\n".join(b"%X%s\r\n%s" % (len(part), extension, part) for part in parts) + behind

    return encode


FORMS = st.one_of(
    st.sampled_from([("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", bare_deflate)]),
    st.builds(
        in_chunks,
        st.sampled_from([1, 7, 70_000]),
        st.sampled_from([b"", b";chunk-signature=0123456789abcdef"]),
        st.sampled_from([b"", b"\r\n", b"x-amz-checksum-crc32:a\r\n\r\n", b"anything"]),
    ).map(lambda encode: ("aws-chunked", encode)),
)


@given(
    st.binary(max_size=300),
    st.sampled_from([1, 2, 5000]),
    st.lists(FORMS, max_size=2),
    st.integers(1, 99_999),
)
def test_what_was_encoded_comes_back_however_it_is_cut(
    part: bytes, times: int, forms: Sequence[tuple[str, Callable[[bytes], bytes]]], length: int
) -> None:
    data = encoded = part * times
    for _, encode in forms:
        encoded = encode(encoded)
    pieces = list(undone(in_pieces(encoded, length), [name for name, _ in forms]))
    assert b"".join(pieces) == data
    assert all(len(piece) <= max(PIECE, length) for piece in pieces)


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5), st.integers(1, 300), st.integers(0, 50))
def test_gzip_may_have_several_members_and_be_padded(parts: list[bytes], length: int, zeros: int) -> None:
    encoded = b"".join(map(gzip.compress, parts)) + bytes(zeros)
    assert b"".join(undone(in_pieces(encoded, length), ["gzip"])) == b"".join(parts)


@given(
    st.binary(max_size=500),
    st.sampled_from([["gzip"], ["deflate"], ["gzip", "deflate"], ["aws-chunked"]]),
    st.integers(1, 100),
)
def test_any_bytes_are_undone_or_said_not_to_be_encoded(
    data: bytes, codings: Sequence[str], length: int
) -> None:
    with contextlib.suppress(NotEncodedError):
        list(undone(in_pieces(data, length), codings))


@pytest.mark.parametrize(
    ("coding", "part"),
    [
        ("gzip", gzip.compress(b"", mtime=0)),
        ("gzip", gzip.compress(b"x", mtime=0)),
        ("aws-chunked", b"1\r\nx\r\n"),
        ("aws-chunked", b"1;chunk-signature=0\r\nx\r\n"),
    ],
)
def test_however_many_small_ones_there_are_time_grows_with_the_length(coding: str, part: bytes) -> None:
    def read(length: int) -> Callable[[], object]:
        body = part * (length // len(part))

        def call() -> None:
            with contextlib.suppress(NotEncodedError):
                deque(undone([body], [coding]), 0)

        return call

    assert not grows_too_fast(read, 2**20)
