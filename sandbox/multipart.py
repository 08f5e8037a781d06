"""Reads a multipart/form-data body (RFC 7578) as it comes: files are hashed and counted, not gathered."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import NamedTuple

_BOUNDARY = re.compile(r'(?i)boundary=(?:"([^"]+)"|([^;\s]+))')
_PARAMETER = re.compile(r'(?i)(?<![\w*])(name|filename)="((?:[^"\\]|\\.)*)"')
_HEAD_LIMIT = 64 * 1024
_FIELD_LIMIT = 1024 * 1024


class Form(NamedTuple):
    """Text parts by lower-case name, and the file part: its size and SHA-256, and its bytes where they were
    kept.
    """

    fields: dict[str, str]
    file_name: str | None
    size: int
    sha256: str
    content: bytes | None


class FormReader:
    """Takes a body in pieces of any size; `form` tells what it was. The file is the part named `file`.

    `may_keep(size)` says whether a file that has come to this size is still to be held in memory.
    """

    def __init__(self, content_type: str, may_keep: Callable[[int], bool] = lambda _: True) -> None:
        boundary = _BOUNDARY.search(content_type)
        self._problem = ""
        if not content_type.lower().startswith("multipart/form-data") or boundary is None:
            self._problem = "expected multipart/form-data with a boundary"
            boundary = None
        self._mark = b"\r\n--" + ((boundary[1] or boundary[2]) if boundary else "").encode()
        self._may_keep = may_keep
        self._buffer = b"\r\n"
        self._ended = False
        self._part: tuple[str, str | None] | None = None
        self._in_part = False
        self._fields: dict[str, str] = {}
        self._value = bytearray()
        self._file_name: str | None = None
        self._has_file = False
        self._digest = hashlib.sha256()
        self._size = 0
        self._kept: list[bytes] | None = []

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        if self._problem or self._ended:
            return
        self._buffer += piece
        while not self._problem and not self._ended and self._step():
            pass

    def form(self) -> Form:
        """What came. Raises ValueError where it is no form, or does not end with its boundary."""
        if self._problem or not self._ended:
            raise ValueError(self._problem or "the multipart body does not end with its boundary")
        kept = None if self._kept is None else b"".join(self._kept)
        if not self._has_file:
            raise ValueError("The form has no part named file")
        return Form(self._fields, self._file_name, self._size, self._digest.hexdigest(), kept)

    def _step(self) -> bool:
        """Work off what the buffer holds; False where more must come first."""
        if self._in_part:
            return self._value_step()
        place = self._buffer.find(self._mark)
        if place < 0:  # what comes before the first boundary is no part
            self._buffer = self._buffer[-len(self._mark) :]
            return False
        rest = self._buffer[place + len(self._mark) :]
        if rest.startswith(b"--"):
            self._ended = True
            return False
        head, found, value = rest.partition(b"\r\n\r\n")
        if not found:
            if len(rest) > _HEAD_LIMIT:
                self._problem = "a part of the multipart body has an endless head"
            return False
        parameters = {m[1].lower(): _unquoted(m[2]) for m in _PARAMETER.finditer(_disposition(head))}
        if "name" not in parameters:
            self._problem = "a part of the multipart body has no name"
            return False
        self._part = (parameters["name"].lower(), parameters.get("filename"))
        self._buffer, self._in_part, self._value = value, True, bytearray()
        return True

    def _value_step(self) -> bool:
        place = self._buffer.find(self._mark)
        if place >= 0:
            self._take(self._buffer[:place])
            self._end_part()
            self._buffer = self._buffer[place:]
            return True
        safe = len(self._buffer) - len(self._mark)  # the rest may be the beginning of a boundary
        if safe > 0:
            self._take(self._buffer[:safe])
            self._buffer = self._buffer[safe:]
        return False

    def _take(self, value: bytes) -> None:
        assert self._part is not None
        if self._part[0] != "file":
            self._value += value
            if len(self._value) > _FIELD_LIMIT:
                self._problem = "a text part of the multipart body is too long"
            return
        self._has_file, self._file_name = True, self._part[1]
        self._digest.update(value)
        self._size += len(value)
        if self._kept is not None:
            self._kept.append(value)
            if not self._may_keep(self._size):
                self._kept = None

    def _end_part(self) -> None:
        assert self._part is not None
        if self._part[0] != "file":
            self._fields[self._part[0]] = self._value.decode(errors="replace")
        self._in_part, self._part = False, None


def _disposition(head: bytes) -> str:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-disposition":
            return value.decode(errors="replace")
    return ""


def _unquoted(text: str) -> str:
    return text.replace('\\"', '"').replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
