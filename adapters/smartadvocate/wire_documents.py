"""Document rows, the multipart body of an upload, and its answer (API sheet, section 9)."""

import secrets
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC
from typing import Any, Final

from adapters.smartadvocate.wire import BrokenRow, field, identifier, text
from core.document import DocumentDraft, StoredDocument
from core.errors import ContentMismatchError

_MAX_DESCRIPTION: Final = 4_000  # characters read: our own are far shorter
_MAX_NAME: Final = 1_000
_MAX_CATEGORY: Final = 200
_TYPE: Final = "application/octet-stream"


def read_documents(rows: Iterable[Any]) -> list[StoredDocument]:
    """Read the documents of a case.

    A row without a usable id is kept with the id "", for its mark, and so is one that cannot be parsed.
    """
    documents = []
    for row in rows:
        if isinstance(row, BrokenRow):
            documents.append(StoredDocument("", "", row.words))
        elif isinstance(row, dict):
            documents.append(
                StoredDocument(
                    identifier(field(row, "documentID")) or "",
                    text(field(row, "documentName"), _MAX_NAME),
                    text(field(row, "description"), _MAX_DESCRIPTION),
                )
            )
    return documents


def read_categories(rows: Iterable[Any]) -> dict[str, str]:
    """Read look-up rows `{id, description}` into ids by name; the first of a name counts."""
    return _pairs(rows, "id", "description")


def categories_in(rows: Iterable[Any]) -> dict[str, str]:
    """Collect the pairs `categoryID`, `categoryName` of document rows (API sheet, section 10)."""
    return _pairs(rows, "categoryID", "categoryName")


def uploaded_id(answer: Any) -> str | None:
    """Return the id from the document's row, `{documentID}`, a list of one such, or a bare number."""
    if isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]
    return identifier(field(answer, "documentID") if isinstance(answer, dict) else answer)


class UploadBody:
    """A multipart body whose length is known before its content is: UNVERIFIED field names.

    `check` is called before the last boundary: what it raises breaks the body off. `is_complete` is True
    from the moment in which that boundary is given: until then no server can have stored anything.
    """

    def __init__(self, draft: DocumentDraft, content: Iterator[bytes], check: Callable[[], None]) -> None:
        boundary = f"casebridge-{secrets.token_hex(16)}"
        fields = {
            "documentName": draft.file_name,
            "description": draft.description,
            "documentDate": draft.dated.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "isSharedInPortal": "false",
        }
        if draft.category_id is not None:
            fields["categoryID"] = draft.category_id
        head = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        head.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '
            f'filename="{_quoted(draft.file_name)}"\r\n'
            f"Content-Type: {_media_type(draft.content_type)}\r\n\r\n"
        )
        self._head = "".join(head).encode("utf-8", "replace")
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._size = draft.size
        self._content = content
        self._check = check
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.length = len(self._head) + draft.size + len(self._tail)
        self.is_complete = False

    def pieces(self) -> Iterator[bytes]:
        """Give the body, once."""
        yield self._head
        sent = 0
        for piece in self._content:
            sent += len(piece)
            yield piece
        if sent != self._size:
            raise ContentMismatchError(
                f"the content has {sent:,} bytes, not {self._size:,}; nothing was stored"
            )
        self._check()
        self.is_complete = True
        yield self._tail


def _pairs(rows: Iterable[Any], id_name: str, name_name: str) -> dict[str, str]:
    ids: dict[str, str] = {}
    for row in rows:
        if isinstance(row, dict):
            known, name = identifier(field(row, id_name)), text(field(row, name_name), _MAX_CATEGORY).strip()
            if known is not None and name:
                ids.setdefault(name, known)
    return ids


def _quoted(name: str) -> str:
    """Escape a file name as browsers do (HTML, multipart/form-data encoding); UTF-8 stays as it is."""
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def _media_type(value: str) -> str:
    """Return the type where it can stand in a header, else the general one."""
    return value if value.isascii() and value.isprintable() and "/" in value else _TYPE
