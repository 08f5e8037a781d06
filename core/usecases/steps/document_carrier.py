"""Documents become case documents."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from core.announcement import Announcement, AnnouncementKind
from core.clearance import Clearance
from core.delivery import Attempt, Delivery, DeliveryState
from core.document import compose_document, find_document
from core.errors import ContentExpiredError
from core.event import EventKind
from core.firm import Firm
from core.ports.case_management import CaseManagement
from core.ports.document_content import DocumentContents
from core.usecases.steps.carrier import Carrier


class DocumentCarrier(Carrier):
    """A `Carrier` of documents: each a document of its case, found again by the mark in its description.

    The bytes go from Case Status to SmartAdvocate as they come; nothing is stored in between.
    """

    kind = EventKind.DOCUMENT_UPLOADED
    noun = "document"

    def __init__(self, case_management: CaseManagement, contents: DocumentContents) -> None:
        self._case_management = case_management
        self._contents = contents
        self._lock = threading.Lock()
        self._categories: dict[str, tuple[str, bool]] = {}
        self._findings: dict[str, tuple[str, bool]] = {}

    def write(self, firm: Firm, delivery: Delivery, clearance: Clearance) -> str:
        """Upload the document under a name that is free in its case, in the firm's category.

        The case's documents are read first: their names are needed, and what is there already is not
        uploaded again. A category that SmartAdvocate does not have is left out, see `category_findings`.
        """
        document, case_id = delivery.document, delivery.case_integration_id
        present = self._case_management.documents(firm, case_id)
        if stored := find_document(present, document.mark):
            return stored.document_id
        category_id = self._case_management.document_category(firm, firm.document_category)
        self._note_category(firm, is_there=category_id is not None)
        names = [other.file_name for other in present]
        draft = compose_document(document, ZoneInfo(firm.time_zone), names, category_id)
        return self._case_management.upload_document(
            firm,
            case_id,
            draft,
            lambda: self._contents.open(document.source, not_after=clearance.not_after),
            clearance=clearance,
        )

    def find(self, firm: Firm, deliveries: Sequence[Delivery]) -> Mapping[int, str]:
        """Read the case's documents and look for the marks."""
        documents = self._case_management.documents(firm, deliveries[0].case_integration_id)
        stored = {d.delivery_id: find_document(documents, d.document.mark) for d in deliveries}
        return {delivery_id: document.document_id for delivery_id, document in stored.items() if document}

    def announcements(self, attempt: Attempt) -> Sequence[Announcement]:
        """Announce `document-synced`, `delivery-failed`, and `document-url-expired` for one held for that."""
        delivery = attempt.delivery
        data: dict[str, Any] = {
            "document_id": delivery.subject_id,
            "case_integration_id": delivery.case_integration_id,
        }
        if attempt.state is DeliveryState.DELIVERED:
            kind = AnnouncementKind.DOCUMENT_SYNCED
            data |= {"smartadvocate_document_id": attempt.stored_id}
        elif attempt.state is DeliveryState.FAILED:
            kind = AnnouncementKind.DELIVERY_FAILED
            data |= {"reason": attempt.reason, "detail": attempt.detail}
        elif attempt.reason == ContentExpiredError.reason:
            kind = AnnouncementKind.DOCUMENT_URL_EXPIRED
        else:
            return ()
        return (Announcement(kind, delivery.firm_id, delivery.case_integration_id, data),)

    def category_findings(self) -> Sequence[tuple[str, tuple[str, bool]]]:
        """Return (firm id, (category name, whether SmartAdvocate has it)), once after each change."""
        with self._lock:
            findings = list(self._findings.items())
            self._findings.clear()
        return findings

    def _note_category(self, firm: Firm, *, is_there: bool) -> None:
        finding = (firm.document_category, is_there)
        with self._lock:
            if self._categories.get(firm.firm_id) != finding:
                self._categories[firm.firm_id] = self._findings[firm.firm_id] = finding
