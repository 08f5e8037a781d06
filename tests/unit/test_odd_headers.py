"""A header that pika cannot read is none, and the others of its message are read."""

import struct

import pika.data
import pytest

from adapters.rabbitmq.odd_headers import tolerate_odd_headers


def table(*entries: bytes) -> bytes:
    body = b"".join(entries)
    return struct.pack(">I", len(body)) + body


def entry(name: bytes, kind: bytes, value: bytes) -> bytes:
    return bytes([len(name)]) + name + kind + value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (b"T", struct.pack(">Q", 2**64 - 1)),
        (b"T", struct.pack(">Q", 1_795_755_607_000)),
        (b"d", struct.pack(">d", float("nan"))),
        (b"d", struct.pack(">d", float("inf"))),
        (b"f", struct.pack(">f", float("-inf"))),
    ],
)
@pytest.mark.parametrize("within_a_list", [False, True])
def test_an_odd_value_is_none_and_the_rest_is_read(kind: bytes, value: bytes, within_a_list: bool) -> None:
    tolerate_odd_headers()
    tolerate_odd_headers()
    if within_a_list:
        kind, value = b"A", struct.pack(">I", len(kind + value)) + kind + value
    encoded = table(entry(b"odd", kind, value), entry(b"after", b"I", struct.pack(">i", 7)))
    assert pika.data.decode_table(encoded, 0) == (
        {"odd": [None] if within_a_list else None, "after": 7},
        len(encoded),
    )


@pytest.mark.parametrize("depth", [400, 10_000])
@pytest.mark.parametrize("kind", [b"A", b"F"])
def test_lists_in_lists_end_somewhere_and_the_rest_is_read(kind: bytes, depth: int) -> None:
    tolerate_odd_headers()
    value = b""
    for _ in range(depth):
        inner = kind + struct.pack(">I", len(value)) + value
        value = inner if kind == b"A" else b"\x01n" + inner
    deep = struct.pack(">I", len(value)) + value
    encoded = table(entry(b"deep", kind, deep), entry(b"after", b"I", struct.pack(">i", 7)))
    read, end = pika.data.decode_table(encoded, 0)
    assert read["after"] == 7
    assert end == len(encoded)


def test_a_time_is_still_a_time() -> None:
    tolerate_odd_headers()
    read, _ = pika.data.decode_table(table(entry(b"at", b"T", struct.pack(">Q", 0))), 0)
    assert read["at"].year == 1970
