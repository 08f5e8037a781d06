"""The documents of one firm, without their bytes: every tenth case has a seeded one."""

from __future__ import annotations

from typing import Any, NamedTuple

from sandbox.answer import dump
from sandbox.cases import CaseStore
from sandbox.dates import MS_PER_DAY, iso
from sandbox.lookups import Lookups
from sandbox.marks import last_line
from sandbox.upload import UploadForm

FIRST_SEEDED_ID = 3_000_001
FIRST_UPLOADED_ID = 70_000_001
FIRST_CASE_DOCUMENT_ID = 5_000_001
_PERIOD = 10
_FILES = (
    ("police report.pdf", "Correspondence"),
    ("Re- records request.msg", "Correspondence"),
    ("scan.jpg", "Medical Records"),
    ("empty.pdf", "Invoices"),
)


class Document(NamedTuple):
    """One document: its row, and when it was last changed."""

    document_id: int
    case_id: int
    modified_ms: int
    row: bytes


class Upload(NamedTuple):
    """What the report says of a document that came in over the API."""

    document_id: int
    received_ms: int
    name: str
    size: int
    sha256: str
    mark: str


class DocumentStore:
    """Documents by id and by case; seeded ones are made when documents are first asked for."""

    def __init__(self, lookups: Lookups, cases: CaseStore) -> None:
        self._lookups = lookups
        self._cases = cases
        self._documents: dict[int, Document] | None = None
        self._by_case: dict[int, list[int]] = {}
        self._next_id = FIRST_UPLOADED_ID
        self._marks: set[tuple[int, str]] = set()
        self.uploads: dict[int, list[Upload]] = {}
        self.written = 0
        self.duplicated = 0

    def of_case(self, case_id: int) -> list[bytes]:
        """Rows of the case's documents in the order of their making."""
        documents = self._all()
        return [documents[i].row for i in self._by_case.get(case_id, [])]

    def changed(self, from_ms: int, to_ms: int) -> list[Document]:
        """Documents of visible cases in the window, both ends inclusive, by modification and id."""
        inside = (
            d for d in self._all().values() if from_ms <= d.modified_ms <= to_ms and d.case_id in self._cases
        )
        return sorted(inside, key=lambda document: (document.modified_ms, document.document_id))

    def upload(self, case_id: int, form: UploadForm, now_ms: int) -> Document:
        """Stores what is known of a document that came in over the API: all but its bytes."""
        fields = form.fields
        name = fields.get("documentname") or form.file_name or "document"
        document_id, self._next_id = self._next_id, self._next_id + 1
        category = next(
            (n for n, key in self._lookups.categories.items() if str(key) == fields.get("categoryid")), None
        )
        document = self._document(document_id, case_id, name, category, now_ms, fields)
        self._add(document)
        mark = last_line(fields.get("description", ""))
        upload = Upload(document_id, now_ms, name, form.size, form.sha256, mark)
        self.uploads.setdefault(case_id, []).append(upload)
        self.written += 1
        if mark:
            self.duplicated += (case_id, mark) in self._marks
            self._marks.add((case_id, mark))
        return document

    def _all(self) -> dict[int, Document]:
        if self._documents is None:
            self._documents = {}
            for index, case_id in enumerate(self._cases.ids()):
                if index % _PERIOD == 0:
                    name, category = _FILES[index // _PERIOD % len(_FILES)]
                    moment = self._cases.modified_ms(case_id) - MS_PER_DAY
                    document_id = FIRST_SEEDED_ID + index
                    self._add(self._document(document_id, case_id, name, category, moment, {}))
        return self._documents

    def _add(self, document: Document) -> None:
        self._all()[document.document_id] = document
        self._by_case.setdefault(document.case_id, []).append(document.document_id)

    def _document(
        self,
        document_id: int,
        case_id: int,
        name: str,
        category: str | None,
        moment: int,
        fields: dict[str, str],
    ) -> Document:
        author = (
            self._lookups.service_user
            if fields
            else self._lookups.staff[document_id % len(self._lookups.staff)]
        )
        row: dict[str, Any] = {
            "documentID": document_id,
            "caseDocumentID": document_id - FIRST_SEEDED_ID + FIRST_CASE_DOCUMENT_ID,
            "caseID": case_id,
            "caseNumber": self._cases.number(case_id),
            "documentName": name,
            "docType": name.rpartition(".")[2],
            "description": fields.get("description", ""),
            "categoryID": self._lookups.categories[category] if category else None,
            "categoryName": category,
            "fromUniqueContactID": author.unique_contact_id,
            "fromContactName": author.name,
            "attachFlag": False,
            "isReviewed": False,
            "documentDate": fields.get("documentdate") or iso(moment),
            "createdUserID": author.user_id,
            "createdDate": iso(moment),
            "modifiedDate": iso(moment),
            "priority": 2,
            "priorityName": "Normal",
            "documentDirection": 1,
            "directionName": "Incoming",
            "documentOrigin": 1,
            "originName": "Other",
            "isSharedInPortal": fields.get("issharedinportal", "").lower() == "true",
        }
        return Document(document_id, case_id, moment, dump(row))
