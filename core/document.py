"""A document uploaded in Case Status, and the SmartAdvocate case document it becomes."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.instant import shown_in
from core.marked import Marked
from core.message import reference_mark
from core.storable import JOINERS, printable

DEFAULT_CATEGORY: Final = "Case Status"
MAX_FILE_NAME: Final = 300  # characters, extension included
MAX_EXTENSION: Final = 16  # characters, the dot included: what is longer is no extension
_MAX_UPLOADER: Final = 80  # characters: a short description cannot be cut by SmartAdvocate before its mark
_NO_NAME: Final = "document"
# Names that Windows keeps for devices, with any extension: SmartAdvocate stores files on Windows servers.
_RESERVED: Final = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"}
    | {f"{port}{digit}" for port in ("COM", "LPT") for digit in "0123456789¹²³"}
)
_FORBIDDEN: Final = frozenset('<>:"|?*')  # in Windows file names; slashes part paths
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and a picture of nothing at all
_SKINS: Final = frozenset("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")  # of the picture before
_FLAGS: Final = frozenset(map(chr, range(0x1F1E6, 0x1F200)))  # letters of which two are a flag


@dataclass(frozen=True, slots=True)
class ContentSource:
    """Where the bytes of a document are, and what they must be. `sha256` in lower-case hex, or None."""

    url: str
    size: int
    sha256: str | None = None

    def __repr__(self) -> str:
        return f"ContentSource(size={self.size})"


@dataclass(frozen=True, slots=True)
class DocumentUploaded:
    """A document that was uploaded in Case Status at `uploaded_at` (UTC); its bytes are at `content_url`.

    `size` is in bytes, `sha256` in lower-case hex, or None where Case Status does not tell it.
    """

    firm_id: str
    case_integration_id: str
    document_id: str
    file_name: str
    content_type: str
    size: int
    sha256: str | None
    content_url: str
    uploaded_at: datetime
    uploaded_by: str

    @property
    def subject_id(self) -> str:
        """The document's id, unique in the firm."""
        return self.document_id

    @property
    def occurred_at(self) -> datetime:
        """When it was uploaded, in UTC."""
        return self.uploaded_at

    @property
    def mark(self) -> str:
        """The mark by which the document is found again in SmartAdvocate."""
        return reference_mark(self.firm_id, self.document_id)

    @property
    def source(self) -> ContentSource:
        """Where its bytes are."""
        return ContentSource(self.content_url, self.size, self.sha256)

    def to_data(self) -> dict[str, Any]:
        """Return the JSON-ready form that is stored, and whose meaning the digest is of."""
        return {
            "firm_id": self.firm_id,
            "case_integration_id": self.case_integration_id,
            "document_id": self.document_id,
            "file_name": self.file_name,
            "content_type": self.content_type,
            "size": self.size,
            "sha256": self.sha256,
            "content_url": self.content_url,
            "uploaded_at": self.uploaded_at.isoformat(),
            "uploaded_by": self.uploaded_by,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "DocumentUploaded":
        """Read what `to_data` wrote; what was removed of it since is empty."""
        return cls(
            data["firm_id"],
            data["case_integration_id"],
            data["document_id"],
            data.get("file_name", ""),
            data["content_type"],
            data["size"],
            data.get("sha256"),
            data.get("content_url", ""),
            datetime.fromisoformat(data["uploaded_at"]),
            data.get("uploaded_by", ""),
        )

    def __repr__(self) -> str:
        return f"DocumentUploaded(firm={self.firm_id!r}, document={self.document_id!r})"


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """A document to upload: all but its bytes. Never shared in SmartAdvocate's client portal.

    `description` is plain text and ends with `mark`. `category_id` is SmartAdvocate's, or None for none.
    `size` is in bytes; the content must have exactly so many.
    """

    file_name: str
    content_type: str
    description: str
    dated: datetime
    size: int
    mark: str
    category_id: str | None = None

    def __repr__(self) -> str:
        return f"DocumentDraft(mark={self.mark!r}, size={self.size})"


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document read from SmartAdvocate: its id, file name and description."""

    document_id: str
    file_name: str
    description: str

    def __repr__(self) -> str:
        return f"StoredDocument({self.document_id!r})"


def compose_document(
    document: DocumentUploaded, zone: ZoneInfo, present: Iterable[str] = (), category_id: str | None = None
) -> DocumentDraft:
    """Turn a document into an upload, its time shown in the firm's zone.

    `present` are the file names that the case has already; the name is chosen so that it is none of them.
    """
    mark = document.mark
    who = _cut(printable(document.uploaded_by).strip(), _MAX_UPLOADER) or "somebody"
    when = shown_in(document.uploaded_at, zone)
    return DocumentDraft(
        file_name=free_name(clean_name(document.file_name), mark, present),
        content_type=document.content_type,
        description=f"Uploaded in Case Status by {who} on {when}\nReference: {mark}",
        dated=document.uploaded_at,
        size=document.size,
        mark=mark,
        category_id=category_id,
    )


def find_document(documents: Sequence[StoredDocument], mark: str) -> StoredDocument | None:
    """Return the first document whose description carries the mark, one with an id before others, or None."""
    places = Marked(document.description for document in documents).places(mark)
    found = [documents[place] for place in places]
    return next((document for document in found if document.document_id), found[0] if found else None)


def clean_name(name: str) -> str:
    """Make a file name of what upstream calls one: any script is kept, nothing in it is a path or a trick.

    Path parts go, Windows' and Unix' alike; so do control characters, those that reverse the reading
    direction, and what no Windows file name may hold. Names of devices and empty names are made harmless. At
    most MAX_FILE_NAME characters, cut before the extension.
    """
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    text = unicodedata.normalize("NFC", printable(last))
    text = "".join("_" if c in _FORBIDDEN else c for c in text)
    text = " ".join(text.split()).rstrip(". ")  # Windows drops dots and blanks at the end
    stem, extension = split_name(text)
    if not any(map(_is_seen, stem)):
        stem = _NO_NAME
    room = MAX_FILE_NAME - len(extension)
    stem = _cut(stem, room)
    if stem.partition(".")[0].strip().upper() in _RESERVED:
        stem = _cut(f"_{stem}", room)
    return stem + extension


def free_name(name: str, mark: str, present: Iterable[str]) -> str:
    """Return `name`, or where the case has one like it already, `name` with a piece of the mark.

    So the same document has the same name whenever it is tried, and two documents never do. Letter case
    does not make names differ, as on Windows.
    """
    taken = {unicodedata.normalize("NFC", other).casefold() for other in present}
    if name.casefold() not in taken:
        return name
    stem, extension = split_name(name)
    digits = mark.rpartition("-")[2]
    for length in (6, len(digits)):
        ending = f" ({digits[:length]}){extension}"
        longer = _cut(stem, MAX_FILE_NAME - len(ending)) + ending
        if longer.casefold() not in taken:
            break
    return longer


def split_name(name: str) -> tuple[str, str]:
    """Split into stem and extension with its dot; what is too long or blank after the dot is no extension."""
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem or not extension or len(extension) >= MAX_EXTENSION or " " in extension:
        return name, ""
    return stem, dot + extension


def _is_seen(character: str) -> bool:
    return (
        character not in "._ "
        and character not in _BLANK_LETTERS
        and unicodedata.category(character)[0] not in "MZC"
    )


def _cut(stem: str, limit: int) -> str:
    """Cut to `limit` characters, not within a letter with its accents, joined pictures or a flag."""
    if len(stem) <= limit:
        return stem
    end = limit
    while end > 1 and _belongs_before(stem[end], stem[end - 1]):
        end -= 1
    if stem[end] in _FLAGS:
        flags = end - len(stem[:end].rstrip("".join(_FLAGS)))
        end -= flags % 2
    return stem[:end].rstrip(". ") or stem[:limit]


def _belongs_before(character: str, before: str) -> bool:
    return (
        unicodedata.category(character)[0] == "M"
        or character in _SKINS
        or character in JOINERS
        or before in JOINERS
    )
