"""Content-Encoding: which of its names mean something, and how that is undone."""

import gzip
import tracemalloc
from itertools import islice

import pytest

from adapters.case_status.codings import PIECE, NotEncodedError, codings_in, undone


@pytest.mark.parametrize(
    ("header", "codings"),
    [
        ("", []),
        ("identity", []),
        ("Identity, identity", []),
        ("UTF-8", []),
        ("base64", []),
        ("binary", []),
        ("aws-chunked", []),
        ("br", []),
        ("none,,null; q=1", []),
        ("gzip", ["gzip"]),
        ("GZip", ["gzip"]),
        (" x-GZIP\t", ["x-gzip"]),
        ('"gzip"', ["gzip"]),
        ("aws-chunked,gzip", ["gzip"]),
        ("gzip , UTF-8", ["gzip"]),
        ("deflate, gzip", ["deflate", "gzip"]),
        ("gzip," * 3, []),
        ("gzip" * 100_000, []),
    ],
)
def test_only_what_can_be_undone_counts(header: str, codings: list[str]) -> None:
    assert list(codings_in(header)) == codings


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
