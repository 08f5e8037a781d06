"""What stands in a firm's file, one after the other: a head, tables with their rows, secrets, an end."""

import hashlib
import json
import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import Any, Final

from adapters.postgres.transfer.sealed import SealedReader, SealedWriter, unusable

_HEAD: Final = struct.Struct(">BI")
_MOST_SAID: Final = 4 * 1024 * 1024  # bytes of one that is no row: it is read as JSON
_MOST: Final = 256 * 1024 * 1024  # bytes of one frame: of a row that is COPYed
_ROWS: Final = 64 * 1024  # bytes of rows that go into one frame


class Kind(IntEnum):
    """What a frame is."""

    HEAD = 1  # JSON: whose file it is, and what made it
    TABLE = 2  # JSON: name and columns; its rows follow
    ROWS = 3  # rows as COPY writes them (text)
    TABLE_END = 4  # JSON: how many rows, and the SHA-256 of their bytes
    SECRETS = 5  # JSON
    END = 6  # JSON: rows by table


class FrameWriter:
    """Writes frames."""

    def __init__(self, sealed: SealedWriter) -> None:
        self._sealed = sealed
        self._rows = bytearray()
        self._digest = hashlib.sha256()

    def say(self, kind: Kind, members: dict[str, Any]) -> None:
        """Write a frame of JSON."""
        self._put(kind, json.dumps(members).encode())

    def begin_table(self, name: str, columns: list[str]) -> None:
        """Say whose rows follow."""
        self._digest = hashlib.sha256()
        self.say(Kind.TABLE, {"name": name, "columns": columns})

    def row(self, data: bytes | bytearray | memoryview) -> None:
        """Add a row."""
        self._rows += data
        if len(self._rows) >= _ROWS:
            self._flush()

    def end_table(self, rows: int) -> None:
        """Say that all are written."""
        self._flush()
        self.say(Kind.TABLE_END, {"rows": rows, "sha256": self._digest.hexdigest()})

    def _flush(self) -> None:
        if self._rows:
            self._digest.update(self._rows)
            self._put(Kind.ROWS, bytes(self._rows))
            self._rows.clear()

    def _put(self, kind: Kind, data: bytes) -> None:
        self._sealed.write(_HEAD.pack(kind, len(data)))
        self._sealed.write(data)


class FrameReader:
    """Reads frames. Raises ConfigurationError for what does not stand in its place."""

    def __init__(self, sealed: SealedReader) -> None:
        self._sealed = sealed
        self._kind, self._data = 0, b""
        self._go_on()

    @property
    def is_at_table(self) -> bool:
        """Whether a table comes next."""
        return self._kind == Kind.TABLE

    def hear(self, kind: Kind) -> dict[str, Any]:
        """Return what the next frame says, which must be of this kind."""
        if self._kind != kind:
            raise unusable("its parts are not in their order")
        members = self._said()
        if kind is Kind.END:
            self._sealed.must_be_over()
        else:
            self._go_on()
        return members

    def rows(self) -> Iterator[bytes]:
        """Yield a table's rows, some at a time, and hold them to their checksum at the end."""
        digest = hashlib.sha256()
        while self._kind == Kind.ROWS:
            digest.update(self._data)
            yield self._data
            self._go_on()
        if self._kind != Kind.TABLE_END or self._said()["sha256"] != digest.hexdigest():
            raise unusable("rows differ from their checksum")

    def _said(self) -> dict[str, Any]:
        if len(self._data) > _MOST_SAID:
            raise unusable("a part of it is too long")
        try:
            said = json.loads(self._data)
        except RecursionError:
            said = None
        if not isinstance(said, dict):
            raise unusable("a part of it says nothing that can be read")
        return said

    def _go_on(self) -> None:
        self._kind, length = _HEAD.unpack(self._sealed.read(_HEAD.size))
        if length > _MOST:
            raise unusable("a part of it is too long")
        self._data = self._sealed.read(length)
