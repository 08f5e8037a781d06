"""SmartAdvocate as the core knows it: `core.ports.case_management.CaseManagement` over HTTP."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from adapters.smartadvocate import wire
from adapters.smartadvocate.answers import listed, loaded, loaded_list, rows
from adapters.smartadvocate.call import Answer, Call, Operation, body_of
from adapters.smartadvocate.caller import Caller
from adapters.smartadvocate.case_search import CaseSearch
from adapters.smartadvocate.documents import Documents
from adapters.smartadvocate.errors import checked_id, no_such_case, unreadable
from adapters.smartadvocate.note_types import NoteTypes
from adapters.smartadvocate.routes import Purpose
from adapters.smartadvocate.wire_cases import read_case
from adapters.smartadvocate.wire_notes import inserted_id, read_notes, write_note
from core.case import SourceCase
from core.clearance import Clearance
from core.document import DocumentDraft, StoredDocument
from core.errors import CasebridgeError, CaseNotFoundError, UnreadableAnswerError
from core.firm import Firm
from core.message import Note, NoteDraft
from core.ports.case_management import CaseManagement, CasePage, Content, NamedId

_MAX_NUMBER: Final = 100  # characters of a case number
_MAX_NAME: Final = 200  # of a status
_PLAIN_NUMBER: Final = re.compile(r"[A-Za-z0-9 ._/-]+")
_NOT_THAT_NUMBER: Final = frozenset({400, 414, 422})  # what says that a number cannot be asked for
_NOT_AN_ODD_NUMBER: Final = frozenset({*_NOT_THAT_NUMBER, 403, 405, 406, 500})


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
        content = loaded_list(answer)
        if content is None:
            return self._notes_by_number(call)
        return self._read_notes(answer, listed(answer, content, "notes"))

    def note_type(self, firm: Firm, name: str, *, case: str) -> NamedId:
        return self._note_types.find(firm, name, case)

    def insert_note(
        self, firm: Firm, integration_id: str, draft: NoteDraft, *, clearance: Clearance | None = None
    ) -> str:
        # Only what 401 or 403 refused, unexecuted, is sent again, once.
        operation = Operation(
            firm.firm_id, "insert a note into", integration_id, write=True, sent=(draft.text,)
        )
        site, case_id = self._caller.site(firm), checked_id(operation, integration_id)
        body = body_of(write_note(draft))
        call = Call(firm, site, operation, Purpose.INSERT_NOTE, case_id, body=body, clearance=clearance)
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
        clearance: Clearance | None = None,
    ) -> str:
        return self._documents.upload_document(firm, integration_id, draft, content, clearance=clearance)

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
        if not 0 < len(number) <= _MAX_NUMBER or not number.isprintable():
            raise no_such_case(operation, f"a case number has 1 to {_MAX_NUMBER} printable characters")
        call = Call(firm, site, operation, Purpose.CASE_BY_NUMBER, case_number=number)
        try:
            answer = self._caller.ask(call)
            content = loaded_list(answer)
            if isinstance(content, dict) and wire.field(content, "caseID") is not None:
                content = [loaded(answer)]
            found = listed(answer, content, "cases")
        except CasebridgeError as error:
            if not _is_about_number(error, number):
                raise
            raise no_such_case(operation, f"it cannot be asked for by this number ({error})") from None
        # A number that ends in "%" asks for all with that beginning (API sheet, quirk 3): exactly it counts.
        same = [row for row in found if _number_of(row) == number]
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
        # Where the number is taken for a pattern, notes of other cases come along.
        return self._read_notes(
            answer, (row for row in rows(answer, "notes") if _number_of(row) in {number, None})
        )

    def _read_notes(self, answer: Answer, rows_of_it: Iterable[Any]) -> Sequence[Note]:
        notes = read_notes(rows_of_it, answer.call.site.profile)
        self._note_types.observe(answer.call.firm, notes)
        return notes


def _is_about_number(error: CasebridgeError, number: str) -> bool:
    """Tell whether another number would have been answered.

    Signs that mean something to databases and firewalls break a server, or ask for all cases there are ("%").
    """
    if _PLAIN_NUMBER.fullmatch(number):
        return error.status in _NOT_THAT_NUMBER
    return error.status in _NOT_AN_ODD_NUMBER or isinstance(error, UnreadableAnswerError)


def _number_of(row: Any) -> str | None:
    """Return the case number in a row, None where there is none."""
    if not isinstance(row, dict):
        return None
    return wire.text(wire.field(row, "caseNumber"), 2 * _MAX_NUMBER).strip() or None


def _readable(call: Call, row: dict[str, Any]) -> SourceCase:
    case = read_case(row, call.site.profile, call.firm.mapping.asked)
    if isinstance(case, SourceCase):
        return case
    raise call.operation.error(
        UnreadableAnswerError, f"SmartAdvocate's answer cannot be read: {case.problem}"
    )
