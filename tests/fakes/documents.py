"""The documents of the fake SmartAdvocate, and the fake Case Status that holds their content."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from typing import TYPE_CHECKING

from core.clearance import Clearance
from core.document import ContentSource, DocumentDraft, StoredDocument
from core.errors import (
    AnswerLostError,
    ContentMismatchError,
    DocumentTooLargeError,
    NotBegunError,
    TransientError,
)
from core.firm import Firm
from core.ports.case_management import Content
from core.ports.clock import Clock
from tests.fakes.faults import AfterStoring, Fault, StoredLate

if TYPE_CHECKING:
    from core.case import SourceCase

CaseKey = tuple[str, str]  # firm id, integration id
PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A document that arrived: what was said of it, and its bytes."""

    firm_id: str
    integration_id: str
    draft: DocumentDraft
    content: bytes

    @property
    def sha256(self) -> str:
        """Of the bytes, in hex."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(slots=True)
class _LateDocument:
    """A document on its way into the server's tables."""

    uploaded: Uploaded
    reads: int
    due_at: datetime | None


class FakeShelf:
    """The part of `FakeCaseManagement` that is about documents.

    `uploaded` is what arrived, in order; `broken_off` counts uploads that ended before their end.
    `categories` are ids by name, of all firms. Files over `size_limit` bytes are refused.
    """

    _clock: Clock
    _lock: RLock
    _call: Callable[[str, Firm], Fault | None]
    _visible: "Callable[[Firm, str], SourceCase]"

    def __init__(self) -> None:
        self.uploaded: list[Uploaded] = []
        self.broken_off = 0
        self.categories: dict[str, str] = {"Case Status": "301"}
        self.size_limit: int | None = None
        self._documents: defaultdict[CaseKey, list[StoredDocument]] = defaultdict(list)
        self._late_documents: defaultdict[CaseKey, list[_LateDocument]] = defaultdict(list)

    def put_document(self, firm_id: str, integration_id: str, file_name: str, description: str = "") -> None:
        """Add a document that did not come from us."""
        key = (firm_id, integration_id)
        self._documents[key].append(
            StoredDocument(f"own-{len(self._documents[key])}", file_name, description)
        )

    def document_marks(self, firm_id: str, integration_id: str) -> list[str]:
        """Return the marks of the documents stored on the case, in the order of their arrival."""
        return [
            u.draft.mark for u in self.uploaded if (u.firm_id, u.integration_id) == (firm_id, integration_id)
        ]

    def documents(self, firm: Firm, integration_id: str) -> Sequence[StoredDocument]:
        """Return all documents of the case."""
        with self._lock:
            self._call("documents", firm)
            self._visible(firm, integration_id)
            key = (firm.firm_id, integration_id)
            for late in list(self._late_documents[key]):
                if late.reads <= 0 if late.due_at is None else late.due_at <= self._clock.now():
                    self._late_documents[key].remove(late)
                    self._shelve(key, late.uploaded)
                late.reads -= 1
            return tuple(self._documents[key])

    def document_category(self, firm: Firm, name: str) -> str | None:
        """Return the category's id."""
        with self._lock:
            self._call("document_category", firm)
            return self.categories.get(name)

    def upload_document(
        self,
        firm: Firm,
        integration_id: str,
        draft: DocumentDraft,
        content: Content,
        *,
        clearance: Clearance | None = None,
    ) -> str:
        """Upload one document; its content is asked for as the real client does."""
        self._check_time(clearance)
        fault = self._call("upload_document", firm)
        self._visible(firm, integration_id)
        if self.size_limit is not None and draft.size > self.size_limit:
            raise DocumentTooLargeError(f"no file of {draft.size:,} bytes is taken")
        try:
            with content() as pieces:
                whole = b"".join(pieces)
            self._check_time(clearance)
            _check_size(draft, whole)
        except BaseException:
            self.broken_off += 1
            raise
        key = (firm.firm_id, integration_id)
        uploaded = Uploaded(*key, draft, whole)
        with self._lock:
            if isinstance(fault, StoredLate):
                due_at = self._clock.now() + fault.after if fault.after is not None else None
                self._late_documents[key].append(_LateDocument(uploaded, fault.reads, due_at))
                raise AnswerLostError(f"no answer to the upload of a document to case {integration_id}")
            document_id = self._shelve(key, uploaded)
            if isinstance(fault, AfterStoring):
                raise fault.raised()
            return document_id

    def _check_time(self, clearance: Clearance | None) -> None:
        if clearance is None:
            return
        if not clearance.may_begin():
            raise NotBegunError("may not begin; nothing was stored")
        if self._clock.now() >= clearance.not_after:
            raise TransientError("too late; nothing was stored")

    def _shelve(self, key: CaseKey, uploaded: Uploaded) -> str:
        document_id = f"document-{len(self.uploaded) + 1}"
        self.uploaded.append(uploaded)
        draft = uploaded.draft
        self._documents[key].append(StoredDocument(document_id, draft.file_name, draft.description))
        return document_id


def _check_size(draft: DocumentDraft, whole: bytes) -> None:
    if len(whole) != draft.size:
        raise ContentMismatchError(f"{len(whole):,} bytes, not {draft.size:,}")


class FakeContents:
    """Content by address. `errors` are raised on opening, `breaks` in the middle; `during` is called then."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.errors: dict[str, Exception] = {}
        self.breaks: dict[str, Exception] = {}
        self.during: Callable[[str], None] | None = None
        self.opened = 0

    @contextmanager
    def open(
        self,
        source: ContentSource,
        *,
        not_after: datetime | None = None,
    ) -> Iterator[Iterator[bytes]]:
        """Open the content."""
        self.opened += 1
        if error := self.errors.get(source.url):
            raise error
        yield self._pieces(source)

    def _pieces(self, source: ContentSource) -> Iterator[bytes]:
        whole = self.contents[source.url]
        if self.during is not None:
            self.during(source.url)
        pieces = [whole[i : i + PIECE] for i in range(0, len(whole), PIECE)]
        yield from pieces[:-1]
        if error := self.breaks.get(source.url):
            raise error
        if len(whole) != source.size:
            raise ContentMismatchError(f"{len(whole):,} bytes, the event says {source.size:,}")
        if source.sha256 not in {None, hashlib.sha256(whole).hexdigest()}:
            raise ContentMismatchError("another SHA-256 than the event says")
        yield from pieces[-1:]
