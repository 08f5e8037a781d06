"""Reads a multipart/form-data body (RFC 7578) that is whole in memory."""

from __future__ import annotations

import re
from typing import NamedTuple

_BOUNDARY = re.compile(r'(?i)boundary=(?:"([^"]+)"|([^;\s]+))')
_PARAMETER = re.compile(r'(?i)(?<![\w*])(name|filename)="((?:[^"\\]|\\.)*)"')


class Form(NamedTuple):
    """Text parts by lower-case name, and the file part."""

    fields: dict[str, str]
    file_name: str | None
    content: bytes | None


def parse(content_type: str, body: bytes) -> Form:
    """The form in `body`; the file is the part named `file`. Raises ValueError where it is no form."""
    boundary = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/form-data") or boundary is None:
        raise ValueError("expected multipart/form-data with a boundary")
    mark = b"--" + (boundary[1] or boundary[2]).encode()
    pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise ValueError("the multipart body does not end with its boundary")
    fields: dict[str, str] = {}
    file_name: str | None = None
    content: bytes | None = None
    for piece in pieces[1:-1]:
        head, found, value = piece.partition(b"\r\n\r\n")
        parameters = {m[1].lower(): _unquoted(m[2]) for m in _PARAMETER.finditer(_disposition(head))}
        if not found or "name" not in parameters:
            raise ValueError("a part of the multipart body has no name")
        if parameters["name"].lower() == "file":
            file_name, content = parameters.get("filename"), value
        else:
            fields[parameters["name"].lower()] = value.decode(errors="replace")
    return Form(fields, file_name, content)


def _disposition(head: bytes) -> str:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-disposition":
            return value.decode(errors="replace")
    return ""


def _unquoted(text: str) -> str:
    return text.replace('\\"', '"').replace("%22", '"')
