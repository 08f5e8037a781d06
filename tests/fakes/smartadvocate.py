"""SmartAdvocate in memory, with faults and drift on demand."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from core.case import SourceCase, UnreadableCase
from core.clearance import Clearance
from core.errors import (
    AnswerLostError,
    CaseNotFoundError,
    ConnectionRejectedError,
    RateLimitedError,
)
from core.firm import Firm
from core.message import Note, NoteDraft
from core.ports.admission import Admission
from core.ports.case_management import CaseManagement, CasePage, NamedId
from core.ports.clock import Clock
from tests.fakes.documents import FakeShelf
from tests.fakes.faults import AfterStoring, Before, Drift, Fault, Faults, StoredLate

CaseKey = tuple[str, str]  # firm id, integration id
MANY = 500  # rows that a search by id asks for


@dataclass(slots=True)
class _Late:
    """A note on its way into the server's tables."""

    draft: NoteDraft
    reads: int
    due_at: datetime | None


class FakeCaseManagement(FakeShelf, CaseManagement):
    """Holds cases and notes by firm. `calls` counts calls by method, `inserted` is what arrived, in order.

    Firms in `rejected` cannot log in. Cases in `hidden` are there but not for the connected account.
    A firm that is told to pause is held in `admission`, as by the client of the real one.
    `during` is called at the beginning of each call with its method: what else happens at that time.
    """

    def __init__(self, clock: Clock, drift: Drift | None = None, admission: Admission | None = None) -> None:
        super().__init__()
        self._clock = clock
        self._admission = admission
        self.drift = drift or Drift()
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self.rejected: set[str] = set()
        self.hidden: set[CaseKey] = set()
        self.inserted: list[tuple[str, str, NoteDraft]] = []
        self.during: Callable[[str], None] | None = None
        self.note_types: dict[str, str] = {}
        self._cases: dict[CaseKey, SourceCase] = {}
        self._unreadable: dict[CaseKey, tuple[datetime, UnreadableCase]] = {}
        self._notes: defaultdict[CaseKey, list[Note]] = defaultdict(list)
        self._late: defaultdict[CaseKey, list[_Late]] = defaultdict(list)
        self._lock = threading.RLock()

    def put_case(self, firm_id: str, case: SourceCase) -> None:
        """Add or replace a case."""
        with self._lock:
            self._cases[firm_id, case.integration_id] = case

    def put_unreadable(self, firm_id: str, case: UnreadableCase, at: datetime | None = None) -> None:
        """Add a row to the search that cannot be understood; `at` where not even its time can."""
        at = at or case.modified_at
        assert at is not None
        with self._lock:
            self._unreadable[firm_id, case.integration_id] = (at, case)

    def change_case(self, firm_id: str, integration_id: str, **changes: Any) -> SourceCase:
        """Change a case; `modified_at` becomes now unless given."""
        with self._lock:
            changes.setdefault("modified_at", self._clock.now())
            key = (firm_id, integration_id)
            self._cases[key] = replace(self._cases[key], **changes)
            return self._cases[key]

    def write_note(self, firm_id: str, integration_id: str, note: Note) -> None:
        """Let staff write a note, or change the one of that id."""
        with self._lock:
            self.delete_note(firm_id, integration_id, note.note_id)
            self._notes[firm_id, integration_id].append(note)

    def delete_note(self, firm_id: str, integration_id: str, note_id: str) -> None:
        """Let staff delete a note."""
        with self._lock:
            notes = self._notes[firm_id, integration_id]
            notes[:] = [note for note in notes if note.note_id != note_id]

    def marks(self, firm_id: str, integration_id: str) -> list[str]:
        """Return the marks of the notes stored on the case, in the order of their arrival."""
        return [
            draft.mark for firm, case, draft in self.inserted if (firm, case) == (firm_id, integration_id)
        ]

    def let_late_ones_arrive(self) -> None:
        """Store the late notes whose time has come."""
        with self._lock:
            now = self._clock.now()
            for key, waiting in self._late.items():
                for late in list(waiting):
                    if late.reads <= 0 if late.due_at is None else late.due_at <= now:
                        waiting.remove(late)
                        self._store(key, late.draft)

    def search_cases(
        self, firm: Firm, since: datetime, until: datetime, page: int, *, by_id: bool = False
    ) -> CasePage:
        """Return one page, with the drift that was asked for."""
        with self._lock:
            self._call("search_cases", firm)
            rows = [row for row in self._rows(firm) if since <= row[0] <= until]
            if self.drift.at_random is not None:
                self.drift.at_random.shuffle(rows)
                rows.sort(key=lambda row: row[0])
            elif self.drift.unsorted:
                rows.sort(key=lambda row: row[1].integration_id[::-1])
            else:
                rows.sort(key=lambda row: (row[0], row[1].integration_id))
            asked = max(firm.page_size, MANY) if by_id else firm.page_size
            size = min(asked, self.drift.page_cap or asked)
            if self.drift.clamps and rows:
                page = min(page, (len(rows) - 1) // size)
            shown = tuple(row for _, row in rows[page * size : (page + 1) * size])
            total = len(rows) + self.drift.overcounts if self.drift.overcounts is not None else None
            if not shown and self.drift.past_the_end is not None:
                raise self.drift.past_the_end
            if self.drift.between_pages is not None:
                self.drift.between_pages(self)
            return CasePage(shown, total)

    def case_by_id(self, firm: Firm, integration_id: str) -> SourceCase:
        """Return the whole case."""
        with self._lock:
            self._call("case_by_id", firm)
            return replace(self._visible(firm, integration_id), complete=True)

    def case_by_number(self, firm: Firm, case_number: str) -> SourceCase:
        """Return the whole case."""
        with self._lock:
            self._call("case_by_number", firm)
            for (firm_id, integration_id), case in self._cases.items():
                if firm_id == firm.firm_id and case.case_number == case_number:
                    return replace(self._visible(firm, integration_id), complete=True)
            raise _not_found(firm, "of that number")

    def notes(self, firm: Firm, integration_id: str) -> Sequence[Note]:
        """Return all notes of the case."""
        with self._lock:
            self._call("notes", firm)
            self._visible(firm, integration_id)
            key = (firm.firm_id, integration_id)
            self.let_late_ones_arrive()
            answer = tuple(reversed(self._notes[key]))
            for late in self._late.get(key, ()):
                late.reads -= 1
            return answer

    def case_statuses(self, firm: Firm) -> Sequence[str]:
        """Return the statuses of the firm's cases."""
        with self._lock:
            self._call("case_statuses", firm)
            found = {case.status for (firm_id, _), case in self._cases.items() if firm_id == firm.firm_id}
            return sorted(status for status in found if status)

    def note_type(self, firm: Firm, name: str, *, case: str) -> NamedId:
        """Look in `note_types`, ids by name, the same for all firms."""
        with self._lock:
            self._call("note_type", firm)
            self._visible(firm, case)
            return NamedId(self.note_types.get(name), tuple(sorted(self.note_types)))

    def insert_note(
        self, firm: Firm, integration_id: str, draft: NoteDraft, *, clearance: Clearance | None = None
    ) -> str:
        """Insert one note."""
        with self._lock:
            self._check_time(clearance)
            fault = self._call("insert_note", firm)
            self._visible(firm, integration_id)
            key = (firm.firm_id, integration_id)
            if isinstance(fault, StoredLate):
                due_at = self._clock.now() + fault.after if fault.after is not None else None
                self._late[key].append(_Late(draft, fault.reads, due_at))
                lost = AnswerLostError(f"no answer to the insert of a note on case {integration_id}")
                raise fault.error or lost
            note_id = self._store(key, draft)
            if isinstance(fault, AfterStoring):
                raise fault.raised()
            return note_id

    def _call(self, method: str, firm: Firm) -> Fault | None:
        self.calls[method] += 1
        if self.during is not None:
            self.during(method)
        if firm.firm_id in self.rejected:
            raise ConnectionRejectedError(
                f"SmartAdvocate refused the log-in of firm {firm.firm_id}; reconnect it"
            )
        fault = self.faults.take(method)
        if isinstance(fault, Before):
            if isinstance(fault.error, RateLimitedError) and self._admission is not None:
                asked = fault.error.retry_after
                fault.error.retry_after = self._admission.hold(firm.firm_id, asked, method)
            raise fault.error
        if self._admission is not None:
            self._admission.spoke(firm.firm_id)
        return fault

    def _rows(self, firm: Firm) -> list[tuple[datetime, SourceCase | UnreadableCase]]:
        rows: list[tuple[CaseKey, datetime, SourceCase | UnreadableCase]] = [
            (key, case.modified_at, case if firm.search_rows_complete else _summary(case))
            for key, case in self._cases.items()
        ]
        rows += [(key, at, case) for key, (at, case) in self._unreadable.items()]
        return [(at, row) for key, at, row in rows if key[0] == firm.firm_id and key not in self.hidden]

    def _visible(self, firm: Firm, integration_id: str) -> SourceCase:
        key = (firm.firm_id, integration_id)
        if key not in self._cases or key in self.hidden:
            raise _not_found(firm, integration_id)
        return self._cases[key]

    def _store(self, key: CaseKey, draft: NoteDraft) -> str:
        names = {id_: name for name, id_ in self.note_types.items()}
        note = Note(
            f"note-{len(self.inserted) + 1}",
            draft.text,
            subject=draft.subject,
            type_id=draft.type_id,
            type_name=names.get(draft.type_id or "", ""),
            author="Service, Sync",
            written_at=self._clock.now(),
        )
        self._notes[key].append(note)
        self.inserted.append((*key, draft))
        return note.note_id


def _summary(case: SourceCase) -> SourceCase:
    return replace(case, staff=(), plaintiffs=(), complete=False)


def _not_found(firm: Firm, what: str) -> CaseNotFoundError:
    return CaseNotFoundError(f"firm {firm.firm_id} has no case {what} that the connected account may see")
