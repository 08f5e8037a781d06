"""SmartAdvocate as the core knows it: `core.ports.case_management.CaseManagement` over HTTP."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from adapters.smartadvocate import wire
from adapters.smartadvocate.caller import Caller
from adapters.smartadvocate.documents import Documents
from adapters.smartadvocate.errors import Operation, checked_id, no_such_case, unreadable
from adapters.smartadvocate.exchange import Answer
from adapters.smartadvocate.note_types import NoteTypes
from adapters.smartadvocate.routes import Purpose
from adapters.smartadvocate.site import Site
from adapters.smartadvocate.statuses import Statuses
from adapters.smartadvocate.wire_cases import read_case
from adapters.smartadvocate.wire_notes import inserted_id, read_notes, write_note
from core.case import SourceCase
from core.document import DocumentDraft, StoredDocument
from core.errors import CaseNotFoundError, UnreadableAnswerError
from core.field_mapping import Asked
from core.firm import Firm
from core.message import Note, NoteDraft
from core.ports.case_management import CasePage, Content, NamedId

_MAX_NUMBER: Final = 100  # characters of a case number
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class SmartAdvocate:
    """One for a process, used by all its threads."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._documents = Documents(caller, self.case_by_id)
        self._note_types = NoteTypes(caller, self.notes)
        self._statuses = Statuses(caller)

    def search_cases(self, firm: Firm, since: datetime, until: datetime, page: int) -> CasePage:
        """See `CaseManagement.search_cases`. An empty 200 is an empty page (API sheet, section 3)."""
        site = self._caller.site(firm)
        operation = Operation(firm.firm_id, "search cases")
        request: dict[str, Any] = {"currentPage": page, "pageSize": firm.page_size}
        if site.profile.search_sort is not None:
            request["sorts"] = [{"propertyPath": site.profile.search_sort, "sortDirection": "Ascending"}]
        content = _encode(
            {
                "modifiedFromDateTime": wire.moment_from(since),
                "modifiedToDateTime": wire.moment_until(until),
                "pageRequest": request,
            }
        )
        url = site.url(Purpose.SEARCH_CASES)
        said = self._caller.loaded(
            operation, self._caller.call(firm, operation, site, Purpose.SEARCH_CASES, url, content)
        )
        found = self._caller.listed(operation, site, said, "cases")
        asked = firm.mapping.asked
        return CasePage(tuple([read_case(row, site.profile, asked) for row in found]), wire.total(said))

    def case_by_id(self, firm: Firm, integration_id: str) -> SourceCase:
        """See `CaseManagement.case_by_id`.

        Whether contacts can be had by id is UNKNOWN; where they did not come the case is read by number
        as well.
        """
        site = self._caller.site(firm)
        operation = Operation(firm.firm_id, "read", integration_id)
        url = site.url_for_id(Purpose.CASE_BY_ID, checked_id(operation, integration_id))
        said = self._caller.loaded(
            operation, self._caller.call(firm, operation, site, Purpose.CASE_BY_ID, url)
        )
        if isinstance(said, list) and len(said) == 1:
            said = said[0]
        if not isinstance(said, dict):
            raise unreadable(operation, "200 without a case")
        case = _readable(operation, said, site, firm.mapping.asked)
        if case.integration_id != wire.identifier(integration_id):
            raise unreadable(operation, "200 with another case than was asked for")
        if case.complete or not case.case_number:
            return replace(case, complete=True)
        return self._with_contacts(firm, case)

    def case_by_number(self, firm: Firm, case_number: str) -> SourceCase:
        """See `CaseManagement.case_by_number`. What comes by number is all there is: it is complete."""
        cases = self._cases_by_number(firm, case_number)
        if len(cases) > 1:
            operation = Operation(firm.firm_id, "read", f"number {case_number}")
            ids = ", ".join(case.integration_id for case in cases[:5])
            raise CaseNotFoundError(f"{operation}: {len(cases)} cases have this number ({ids}); ask by id")
        return replace(cases[0], complete=True)

    def case_statuses(self, firm: Firm) -> Sequence[str]:
        """See `CaseManagement.case_statuses`."""
        return self._statuses.names(firm)

    def notes(self, firm: Firm, integration_id: str) -> Sequence[Note]:
        """See `CaseManagement.notes`.

        A 404 or an empty 200 counts as "no notes" once the case is there and the route by number agrees.
        """
        site = self._caller.site(firm)
        operation = Operation(firm.firm_id, "list the notes of", integration_id)
        url = site.url_for_id(Purpose.NOTES, checked_id(operation, integration_id))
        try:
            answer = self._caller.call(firm, operation, site, Purpose.NOTES, url)
        except CaseNotFoundError:  # or there are no notes: the reading by number tells
            return self._notes_by_number(firm, site, operation, integration_id)
        if not answer.body.strip():
            return self._notes_by_number(firm, site, operation, integration_id)
        return self._read_notes(firm, site, operation, answer)

    def note_type(self, firm: Firm, name: str, *, case: str) -> NamedId:
        """See `CaseManagement.note_type`."""
        return self._note_types.find(firm, name, case)

    def insert_note(
        self, firm: Firm, integration_id: str, draft: NoteDraft, *, not_after: datetime | None = None
    ) -> str:
        """See `CaseManagement.insert_note`. Only what 401 or 403 refused, unexecuted, is sent again, once."""
        site = self._caller.site(firm)
        operation = Operation(
            firm.firm_id, "insert a note into", integration_id, write=True, sent=(draft.text,)
        )
        url = site.url_for_id(Purpose.INSERT_NOTE, checked_id(operation, integration_id))
        content = _encode(write_note(draft))
        answer = self._caller.call(firm, operation, site, Purpose.INSERT_NOTE, url, content, not_after)
        note_id = inserted_id(self._caller.loaded(operation, answer))
        if note_id is None:
            raise unreadable(operation, f"{answer.status} without a note id")
        return note_id

    def documents(self, firm: Firm, integration_id: str) -> Sequence[StoredDocument]:
        """See `CaseManagement.documents`."""
        return self._documents.documents(firm, integration_id)

    def document_category(self, firm: Firm, name: str) -> str | None:
        """See `CaseManagement.document_category`."""
        return self._documents.document_category(firm, name)

    def upload_document(
        self,
        firm: Firm,
        integration_id: str,
        draft: DocumentDraft,
        content: Content,
        *,
        not_after: datetime | None = None,
    ) -> str:
        """See `CaseManagement.upload_document`."""
        return self._documents.upload_document(firm, integration_id, draft, content, not_after=not_after)

    def _with_contacts(self, firm: Firm, case: SourceCase) -> SourceCase:
        try:
            cases = self._cases_by_number(firm, case.case_number)
        except CaseNotFoundError:
            cases = []
        same = [other for other in cases if other.integration_id == case.integration_id]
        return replace(same[0] if same else case, complete=True)

    def _cases_by_number(self, firm: Firm, case_number: str) -> list[SourceCase]:
        """Return at least one case with exactly this number. Raises CaseNotFoundError."""
        site = self._caller.site(firm)
        number = case_number.strip()
        operation = Operation(firm.firm_id, "read", f"number {number[:_MAX_NUMBER]}")
        # "%" would ask for every number with that beginning, encoded or not (API sheet, quirk 3).
        if not number or len(number) > _MAX_NUMBER or "%" in number or not number.isprintable():
            raise no_such_case(operation, f"a case number has 1 to {_MAX_NUMBER} characters and no %")
        url = site.url_for_number(Purpose.CASE_BY_NUMBER, quote(number, safe=""))
        said = self._caller.loaded(
            operation, self._caller.call(firm, operation, site, Purpose.CASE_BY_NUMBER, url)
        )
        if isinstance(said, dict) and wire.field(said, "caseID") is not None:
            said = [said]
        found = [row for row in self._caller.listed(operation, site, said, "cases") if isinstance(row, dict)]
        same = [row for row in found if str(wire.field(row, "caseNumber")).strip() == number]
        if not same:
            raise no_such_case(operation)
        return [_readable(operation, row, site, firm.mapping.asked) for row in same]

    def _notes_by_number(
        self, firm: Firm, site: Site, operation: Operation, integration_id: str
    ) -> Sequence[Note]:
        """Ask again by another route: a glitch that is taken for "no notes" would repeat a note."""
        number = self.case_by_id(firm, integration_id).case_number
        if not number:
            raise unreadable(operation, "200 with an empty body, and the case has no number to ask by")
        url = site.url_for_number(Purpose.NOTES_BY_NUMBER, quote(number, safe=""))
        try:
            answer = self._caller.call(firm, operation, site, Purpose.NOTES_BY_NUMBER, url)
        except CaseNotFoundError:  # "no notes" on this route (API sheet, section 3)
            return []
        return self._read_notes(firm, site, operation, answer)

    def _read_notes(self, firm: Firm, site: Site, operation: Operation, answer: Answer) -> Sequence[Note]:
        found = read_notes(self._caller.rows(operation, site, answer, "notes"), site.profile)
        self._note_types.observe(firm, found)
        return found


def _readable(operation: Operation, row: dict[str, Any], site: Site, asked: Asked) -> SourceCase:
    case = read_case(row, site.profile, asked)
    if isinstance(case, SourceCase):
        return case
    raise UnreadableAnswerError(f"{operation}: SmartAdvocate's answer cannot be read: {case.problem}")
