"""SmartAdvocate as the core knows it: `core.ports.case_management.CaseManagement` over HTTP."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from adapters.smartadvocate import wire
from adapters.smartadvocate.answers import listed, loaded, rows
from adapters.smartadvocate.call import Answer, Call, Operation
from adapters.smartadvocate.caller import Caller
from adapters.smartadvocate.case_search import CaseSearch
from adapters.smartadvocate.documents import Documents
from adapters.smartadvocate.errors import checked_id, no_such_case, unreadable
from adapters.smartadvocate.note_types import NoteTypes
from adapters.smartadvocate.routes import Purpose
from adapters.smartadvocate.wire_cases import read_case
from adapters.smartadvocate.wire_notes import inserted_id, read_notes, write_note
from core.case import SourceCase
from core.document import DocumentDraft, StoredDocument
from core.errors import CaseNotFoundError, UnreadableAnswerError
from core.firm import Firm
from core.message import Note, NoteDraft
from core.ports.case_management import CaseManagement, CasePage, Content, NamedId

_MAX_NUMBER: Final = 100  # characters of a case number
_MAX_NAME: Final = 200  # of a status
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class SmartAdvocate(CaseManagement):
    """One for a process, used by all its threads."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._search = CaseSearch(caller)
        self._documents = Documents(caller, self.case_by_id)
        self._note_types = NoteTypes(caller, self.notes)

    def search_cases(
        self, firm: Firm, since: datetime, until: datetime, page: int, *, by_id: bool = False
    ) -> CasePage:
        return self._search(firm, since, until, page, by_id=by_id)

    def case_by_id(self, firm: Firm, integration_id: str) -> SourceCase:
        # Whether contacts can be had by id is UNKNOWN; where they did not come the case is read by number
        # as well.
        operation = Operation(firm.firm_id, "read", integration_id)
        site = self._caller.site(firm)
        call = Call(firm, site, operation, Purpose.CASE_BY_ID, checked_id(operation, integration_id))
        answer = self._caller.ask(call)
        row = loaded(answer)
        if isinstance(row, list) and len(row) == 1:
            row = row[0]
        if not isinstance(row, dict):
            raise unreadable(operation, "200 without a case")
        case = _readable(call, row)
        if case.integration_id != call.case_id:
            raise unreadable(operation, "200 with another case than was asked for")
        return case if case.complete else replace(self._with_contacts(firm, case), complete=True)

    def case_by_number(self, firm: Firm, case_number: str) -> SourceCase:
        cases = self._cases_by_number(firm, case_number)
        if len(cases) > 1:
            operation = Operation(firm.firm_id, "read", f"number {case_number}")
            ids = ", ".join(case.integration_id for case in cases[:5])
            raise no_such_case(operation, f"{len(cases)} cases have this number ({ids}); ask by id")
        return replace(cases[0], complete=True)

    def case_statuses(self, firm: Firm) -> Sequence[str]:
        # `{id, description}` is the one look-up row shape seen (API sheet, section 10).
        operation = Operation(firm.firm_id, "list the case statuses")
        call = Call(firm, self._caller.site(firm), operation, Purpose.CASE_STATUSES)
        listed_rows = [row for row in rows(self._caller.ask(call), "statuses") if isinstance(row, dict)]
        names = (wire.text(wire.field(row, "description"), _MAX_NAME) for row in listed_rows)
        return [name for name in dict.fromkeys(names) if name]

    def notes(self, firm: Firm, integration_id: str) -> Sequence[Note]:
        # A 404 or an empty 200 counts as "no notes" once the case is there and the route by number agrees.
        operation = Operation(firm.firm_id, "list the notes of", integration_id)
        site = self._caller.site(firm)
        call = Call(firm, site, operation, Purpose.NOTES, checked_id(operation, integration_id))
        try:
            answer = self._caller.ask(call)
        except CaseNotFoundError:  # or there are no notes: the reading by number tells
            return self._notes_by_number(call)
        return self._read_notes(answer) if answer.body.strip() else self._notes_by_number(call)

    def note_type(self, firm: Firm, name: str, *, case: str) -> NamedId:
        return self._note_types.find(firm, name, case)

    def insert_note(
        self, firm: Firm, integration_id: str, draft: NoteDraft, *, not_after: datetime | None = None
    ) -> str:
        # Only what 401 or 403 refused, unexecuted, is sent again, once.
        operation = Operation(
            firm.firm_id, "insert a note into", integration_id, write=True, sent=(draft.text,)
        )
        site, case_id = self._caller.site(firm), checked_id(operation, integration_id)
        body = _json(write_note(draft))
        call = Call(firm, site, operation, Purpose.INSERT_NOTE, case_id, body=body, not_after=not_after)
        answer = self._caller.ask(call)
        note_id = inserted_id(loaded(answer))
        if note_id is None:
            raise unreadable(operation, f"{answer.status} without a note id")
        return note_id

    def documents(self, firm: Firm, integration_id: str) -> Sequence[StoredDocument]:
        return self._documents.documents(firm, integration_id)

    def document_category(self, firm: Firm, name: str) -> str | None:
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
        return self._documents.upload_document(firm, integration_id, draft, content, not_after=not_after)

    def _with_contacts(self, firm: Firm, case: SourceCase) -> SourceCase:
        """Return the case as it comes by number, where it does: what comes there is all there is."""
        if not case.case_number:
            return case
        try:
            cases = self._cases_by_number(firm, case.case_number)
        except CaseNotFoundError:
            return case
        return next((other for other in cases if other.integration_id == case.integration_id), case)

    def _cases_by_number(self, firm: Firm, case_number: str) -> list[SourceCase]:
        """Return at least one case with exactly this number. Raises CaseNotFoundError."""
        site, number = self._caller.site(firm), case_number.strip()
        operation = Operation(firm.firm_id, "read", f"number {number[:_MAX_NUMBER]}")
        # "%" would ask for every number with that beginning, encoded or not (API sheet, quirk 3).
        if not number or len(number) > _MAX_NUMBER or "%" in number or not number.isprintable():
            raise no_such_case(operation, f"a case number has 1 to {_MAX_NUMBER} characters and no %")
        call = Call(firm, site, operation, Purpose.CASE_BY_NUMBER, case_number=number)
        answer = self._caller.ask(call)
        content = loaded(answer)
        if isinstance(content, dict) and wire.field(content, "caseID") is not None:
            content = [content]
        same = [
            row
            for row in listed(answer, content, "cases")
            if isinstance(row, dict) and str(wire.field(row, "caseNumber")).strip() == number
        ]
        if not same:
            raise no_such_case(operation)
        return [_readable(call, row) for row in same]

    def _notes_by_number(self, call: Call) -> Sequence[Note]:
        """Ask again by another route: a glitch that is taken for "no notes" would repeat a note."""
        number = self.case_by_id(call.firm, call.case_id).case_number
        if not number:
            raise unreadable(call.operation, "200 with an empty body, and the case has no number to ask by")
        try:
            answer = self._caller.ask(replace(call, purpose=Purpose.NOTES_BY_NUMBER, case_number=number))
        except CaseNotFoundError:  # "no notes" on this route (API sheet, section 3)
            return []
        return self._read_notes(answer)

    def _read_notes(self, answer: Answer) -> Sequence[Note]:
        notes = read_notes(rows(answer, "notes"), answer.call.site.profile)
        self._note_types.observe(answer.call.firm, notes)
        return notes


def _json(content: object) -> bytes:
    return _encode(content).encode("utf-8", "replace")


def _readable(call: Call, row: dict[str, Any]) -> SourceCase:
    case = read_case(row, call.site.profile, call.firm.mapping.asked)
    if isinstance(case, SourceCase):
        return case
    raise call.operation.error(
        UnreadableAnswerError, f"SmartAdvocate's answer cannot be read: {case.problem}"
    )
