"""Try a firm's test cases before it goes live: nothing is imported, nothing ever announced to clients."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from core.actor import Actor, Power
from core.audit import AuditAction
from core.case import Case, SourceCase
from core.changes import Change
from core.document import find_document
from core.errors import AnswerLostError, CasebridgeError, RateLimitedError
from core.firm import Firm
from core.foreign import guarded
from core.mapping import PhoneNormaliser, main_plaintiff, map_case
from core.message import find_by_mark
from core.ports.case_management import CaseManagement
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork
from core.preview import FieldPreview, preview_case
from core.probe import ProbeKind
from core.reasons import in_words, next_step
from core.usecases.import_by_hand import CaseIdFrom, Seat
from core.usecases.steps.connected import must_be_connected
from core.verification import (
    Check,
    CheckName,
    Verification,
    VerifiedCase,
    distinct_cases,
    trial_document,
    trial_note,
)


class VerifyFirm:
    """Reads each test case as a sync would, says what would come of it, and keeps the result.

    It has no outbox and no cases to write to: that is how nothing can be announced.
    """

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        case_management: CaseManagement,
        clock: Clock,
        normalise_phone: PhoneNormaliser,
        case_id_from: CaseIdFrom,
        seat: Seat,
    ) -> None:
        self._units_of_work = units_of_work
        self._case_management = guarded(case_management)
        self._clock = clock
        self._normalise_phone = normalise_phone
        self._case_id_from = case_id_from
        self._seat = seat

    def __call__(
        self, actor: Actor, firm: Firm, pasted: Sequence[str], *, write: bool = False
    ) -> tuple[int, Verification]:
        """Try the cases, named by id or by address; return the stored result's number and the result.

        With `write` a test note and a small test document go into each case that was found, once each, after
        all cases were read. Raises ConfigurationError unless there are 2 to 5 cases, NotAllowedError,
        NeedsPersonError for a firm that is not connected, and RateLimitedError where it is to be left alone,
        which say nothing of its cases: then nothing is stored and nothing written. Anything else that
        SmartAdvocate says is part of the result.
        """
        actor.must(Power.CHANGE, firm.firm_id)
        must_be_connected(firm)
        ids = distinct_cases([self._case_id_from(text, firm.base_url) for text in pasted])
        with self._seat(firm.firm_id):
            read = [self._verify(actor, firm, case_id) for case_id in ids]
            cases = tuple(self._write(firm, case) if write else case for case in read)
        result = Verification(firm.firm_id, self._clock.now(), actor, write, cases)
        with self._units_of_work(actor) as uow:
            data, passed = result.to_data(), result.passed
            number = uow.reports.add_probe(firm.firm_id, ProbeKind.VERIFICATION, data, passed=passed)
            uow.audit.record(
                actor,
                firm.firm_id,
                AuditAction.FIRM_VERIFIED,
                {"result": number, "passed": passed, "wrote": write},
            )
            uow.commit()
        return number, result

    def _verify(self, actor: Actor, firm: Firm, integration_id: str) -> VerifiedCase:
        try:
            source = self._case_management.case_by_id(firm, integration_id)
        except RateLimitedError:
            raise
        except CasebridgeError as error:
            return VerifiedCase(
                integration_id, "", (Check(CheckName.FOUND, passed=False, detail=str(error)),)
            )
        with self._units_of_work(actor) as uow:
            known = uow.cases.get(firm.firm_id, [source.integration_id]).get(source.integration_id)
        fields = preview_case(source, firm, self._normalise_phone, self._clock.now()).fields
        checks = [
            Check(CheckName.FOUND, passed=True, detail=f"number {source.case_number}"),
            _client(source),
            *_mapped(fields),
            self._import(firm, source, known),
            _readable(CheckName.NOTES, lambda: self._case_management.notes(firm, integration_id)),
            _readable(CheckName.DOCUMENTS, lambda: self._case_management.documents(firm, integration_id)),
        ]
        return VerifiedCase(integration_id, source.case_number, tuple(checks), fields)

    def _write(self, firm: Firm, case: VerifiedCase) -> VerifiedCase:
        if not case.checks[0].passed:  # it was not found
            return case
        key = case.integration_id
        return replace(
            case, checks=(*case.checks, self._write_note(firm, key), self._write_document(firm, key))
        )

    def _import(self, firm: Firm, source: SourceCase, known: Case | None) -> Check:
        mapped = map_case(source, firm, known, self._normalise_phone, self._clock.now())
        if mapped.reason is not None:
            words = f"{in_words(mapped.reason, mapped.label)}; {next_step(mapped.reason)}"
            return Check(CheckName.IMPORT, passed=False, detail=words)
        if known is None or mapped.case is None:
            return Check(CheckName.IMPORT, passed=True, detail="as a new case")
        changed = ", ".join(Change(firm.firm_id, known, mapped.case).changed) or "nothing"
        return Check(CheckName.IMPORT, passed=True, detail=f"it is here already; would change: {changed}")

    def _write_note(self, firm: Firm, integration_id: str) -> Check:
        """Insert once, whatever the answer, and read back: only what is there counts."""
        draft = trial_note(firm.firm_id, integration_id, self._clock.now())
        try:
            with _lost_answers_ignored():
                self._case_management.insert_note(firm, integration_id, draft)
            note = find_by_mark(self._case_management.notes(firm, integration_id), draft.mark)
        except RateLimitedError as error:  # what was found out so far is kept: notes have been written
            return Check(CheckName.NOTE_WRITTEN, passed=False, detail=f"not tried to the end: {error}")
        except CasebridgeError as error:
            return Check(CheckName.NOTE_WRITTEN, passed=False, detail=str(error))
        if note is None:
            detail = "SmartAdvocate did not show the note afterwards; look at the case before trying again"
            return Check(CheckName.NOTE_WRITTEN, passed=False, detail=detail)
        if note.is_shared:
            detail = f"note {note.note_id} is shared in the client portal, which must not be; untick it there"
            return Check(CheckName.NOTE_WRITTEN, passed=False, detail=detail)
        return Check(CheckName.NOTE_WRITTEN, passed=True, detail=f"note {note.note_id}; it may be deleted")

    def _write_document(self, firm: Firm, integration_id: str) -> Check:
        draft, content = trial_document(firm.firm_id, integration_id, self._clock.now())

        @contextmanager
        def opened() -> Iterator[Iterator[bytes]]:
            yield iter([content])

        try:
            with _lost_answers_ignored():
                self._case_management.upload_document(firm, integration_id, draft, opened)
            document = find_document(self._case_management.documents(firm, integration_id), draft.mark)
        except RateLimitedError as error:
            return Check(CheckName.DOCUMENT_WRITTEN, passed=False, detail=f"not tried to the end: {error}")
        except CasebridgeError as error:
            return Check(CheckName.DOCUMENT_WRITTEN, passed=False, detail=str(error))
        if document is None:
            detail = (
                "SmartAdvocate did not show the document afterwards; look at the case before trying again"
            )
            return Check(CheckName.DOCUMENT_WRITTEN, passed=False, detail=detail)
        detail = f"document {document.document_id}; it may be deleted"
        return Check(CheckName.DOCUMENT_WRITTEN, passed=True, detail=detail)


def _client(source: SourceCase) -> Check:
    plaintiff = main_plaintiff(source)
    if plaintiff is None:
        return Check(CheckName.CLIENT, passed=False, detail="the case has no plaintiff")
    if not plaintiff.phones:
        detail = "no phone came with the main plaintiff; check that the account may read contacts"
        return Check(CheckName.CLIENT, passed=False, detail=detail)
    number = len(plaintiff.phones)
    return Check(CheckName.CLIENT, passed=True, detail="1 phone" if number == 1 else f"{number} phones")


def _readable(name: CheckName, read: Callable[[], Sequence[object]]) -> Check:
    try:
        number = len(read())
    except RateLimitedError:
        raise
    except CasebridgeError as error:
        return Check(name, passed=False, detail=str(error))
    return Check(name, passed=True, detail=f"{number} there")


def _mapped(fields: Sequence[FieldPreview]) -> list[Check]:
    by_name = {field.field: field for field in fields}
    missing = [field for field in fields if field.problem and field.field not in {"practice_area", "stage"}]
    words = "; ".join(f"{f.field}: {in_words(f.problem)}" for f in missing if f.problem)
    checks = [Check(CheckName.FIELDS, passed=not missing, detail=words)]
    for name, check in (("practice_area", CheckName.PRACTICE_AREA), ("stage", CheckName.STAGE)):
        field = by_name[name]
        checks.append(Check(check, passed=field.problem is None, detail=field.value or "empty"))
    return checks


@contextmanager
def _lost_answers_ignored() -> Iterator[None]:
    """What was written without an answer is looked for by its mark, and never written again."""
    try:
        yield
    except AnswerLostError:
        return
