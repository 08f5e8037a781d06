"""The frames of a firm's file, as whoever has its key could make them: read within limits, or refused."""

import io
import struct

import pytest

from adapters.postgres.transfer.frames import FrameReader, Kind
from adapters.postgres.transfer.sealed import SealedReader, SealedWriter
from core.errors import ConfigurationError

KEY = b"k" * 32


def framed(kind: int, data: bytes, length: int | None = None) -> FrameReader:
    file = io.BytesIO()
    sealed = SealedWriter(file, KEY)
    sealed.write(struct.pack(">BI", kind, len(data) if length is None else length) + data)
    sealed.write(struct.pack(">BI", Kind.END, 2) + b"{}")
    sealed.close()
    file.seek(0)
    return FrameReader(SealedReader(file, KEY))


@pytest.mark.parametrize(
    "data",
    [b"[" * 100_000, b'{"a":' * 50_000, b"[]", b"5", b"null", b"{" + b" " * 5_000_000 + b"}"],
    ids=range(6),
)
def test_what_says_nothing_that_can_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigurationError, match="cannot be used"):
        framed(Kind.HEAD, data).hear(Kind.HEAD)


def test_a_frame_that_is_longer_than_any_is_not_read() -> None:
    with pytest.raises(ConfigurationError, match="too long"):
        framed(Kind.HEAD, b"", 2**32 - 1)


def test_what_was_said_is_heard() -> None:
    assert framed(Kind.HEAD, b'{"a": 1}').hear(Kind.HEAD) == {"a": 1}
