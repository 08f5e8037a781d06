"""An upload while it comes in: its text fields, and of its file the name, the size and the SHA-256.

The file is the part named `file`. Its bytes are counted and hashed as they come, and not kept.
"""

from __future__ import annotations

import hashlib

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

_FILE = "file"
_FIELD_LIMIT = 1024 * 1024


class UploadForm:
    """Takes a multipart/form-data body in pieces of any size; `check` tells whether it was a good one."""

    def __init__(self, content_type: str) -> None:
        self.fields: dict[str, str] = {}
        """Text parts by lower-case name."""
        self.file_name = ""
        self.size = 0
        self._digest = hashlib.sha256()
        self._problem = "the multipart body does not end with its boundary"
        self._name: str | None = None
        self._has_file = False
        self._head = self._head_value = b""
        self._value = bytearray()
        kind, options = parse_options_header(content_type)
        self._parser: MultipartParser | None = None
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            self._problem = "expected multipart/form-data with a boundary"
            return
        self._parser = MultipartParser(
            options[b"boundary"],
            {
                "on_header_field": self._take_head,
                "on_header_value": self._take_head_value,
                "on_header_end": self._end_head,
                "on_headers_finished": self._begin_part,
                "on_part_data": self._take,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )

    @property
    def sha256(self) -> str:
        """The file's SHA-256 in hex."""
        return self._digest.hexdigest()

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        if self._parser is None:
            return
        try:
            self._parser.write(piece)
        except FormParserError as error:
            self._parser, self._problem = None, f"the multipart body is broken: {error}"

    def check(self) -> None:
        """Raises ValueError where what came is no form, is cut short or has no file."""
        if self._problem:
            raise ValueError(self._problem)
        if not self._has_file:
            raise ValueError("The form has no part named file")

    def _take_head(self, data: bytes, start: int, end: int) -> None:
        self._head += data[start:end]

    def _take_head_value(self, data: bytes, start: int, end: int) -> None:
        self._head_value += data[start:end]

    def _end_head(self) -> None:
        if self._head.lower() == b"content-disposition":
            _, options = parse_options_header(self._head_value)
            if b"name" in options:
                self._name = _unquoted(options[b"name"]).lower()
            if self._name == _FILE:
                self._has_file, self.file_name = True, _unquoted(options.get(b"filename", b""))
        self._head = self._head_value = b""

    def _begin_part(self) -> None:
        if self._name is None:
            raise FormParserError("a part of it has no name")

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._name == _FILE:
            self._digest.update(memoryview(data)[start:end])
            self.size += end - start
            return
        self._value += data[start:end]
        if len(self._value) > _FIELD_LIMIT:
            raise FormParserError("a text part is too long")

    def _end_part(self) -> None:
        if self._name != _FILE:
            self.fields[str(self._name)] = self._value.decode(errors="replace")
        self._name, self._value = None, bytearray()

    def _end(self) -> None:
        self._problem = ""


def _unquoted(text: bytes) -> str:
    """What browsers and clients write for a quote and for line breaks is read back."""
    plain = text.decode(errors="replace")
    return plain.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
