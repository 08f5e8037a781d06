"""Two-way messages: read the notes of open cases, and announce each shared one once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from core.actor import SYSTEM, Actor
from core.announcement import Announcement
from core.errors import (
    CasebridgeError,
    CaseNotFoundError,
    ConnectionRejectedError,
    PermissionMissingError,
    RateLimitedError,
    UnexpectedError,
    UnreadableAnswerError,
)
from core.firm import Firm
from core.foreign import guarded, is_an_end, unexpected
from core.issue import IssueKind
from core.message import Note
from core.ports.case_management import CaseManagement
from core.ports.clock import Clock
from core.ports.processes import Life
from core.ports.shared_notes import Watch, WatchedCase
from core.ports.tries import SET_ASIDE, Thing
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.shared_note import bears_our_mark, is_older, is_shared_message, message_written, problem_of
from core.usecases.steps.job import Slice, Task, work_off
from core.usecases.steps.lose_connection import lose_connection
from core.usecases.steps.note_types import NoteTypes

_NOTES_NAMED: Final = 5
_NO_ID: Final = ""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ReadingPace:
    """How much is read, and in which order.

    A case is read again after `unread_for` at the earliest. Active ones go first: for `active_for` after a
    message either way, and for `touched_for` after SmartAdvocate changed the case. Of each `batch` some are
    for the others all the same, up to `others_per_job`, so that every open case has its turn.
    """

    slice_: timedelta = timedelta(seconds=25)
    unread_for: timedelta = timedelta(seconds=60)
    active_for: timedelta = timedelta(days=3)
    touched_for: timedelta = timedelta(minutes=10)
    batch_active: int = 16
    batch_others: int = 4
    others_per_job: int = 200
    search_pages: int = 5
    search_overlap: timedelta = timedelta(minutes=5)
    failures: int = 3


class ReadSharedNotes:
    """Works off one `sync-shared-notes` job: a bounded slice of one firm's open cases."""

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        case_management: CaseManagement,
        note_types: NoteTypes,
        clock: Clock,
        *,
        life: Life,
        stopping: Callable[[], bool],
        pace: ReadingPace,
    ) -> None:
        self._units_of_work = units_of_work
        self._case_management = guarded(case_management)
        self._note_types = note_types
        self._clock = clock
        self._life = life
        self._stopping = stopping
        self._pace = pace

    def __call__(self, actor: Actor, job_id: int) -> None:
        """Run the job; a repeated or outdated id does nothing. Raises TransientError from the store only."""
        actor.must_be_system()
        work_off(self._units_of_work, job_id, self._life, self._slice)

    def _slice(self, task: Task) -> bool:
        """Read until nobody's turn has come (False) or the slice is over; True where active ones are left."""
        firm = task.firm
        if firm is None or not firm.two_way or not firm.may_be_called(self._clock.now()):
            return False
        with self._units_of_work(SYSTEM) as uow:
            watch = uow.shared_notes.watch(firm.firm_id, self._pace.active_for)
            uow.commit()
        slice_ = Slice.begin(self._pace.slice_, self._clock, self._stopping)
        reading = _Reading(self._pace.others_per_job)
        try:
            self._mark_touched(firm, watch, slice_)
            while True:
                batch = self._batch(firm, reading)
                if batch is None:
                    return False
                for case in batch:
                    if slice_.is_over:
                        return reading.active_left
                    self._read(firm, case, reading)
        except RateLimitedError:
            return False  # the firm is paused by now; what is left is read after that
        except (ConnectionRejectedError, _GivenUpError) as error:
            self._stop(firm, error)
            return False

    def _mark_touched(self, firm: Firm, watch: Watch, slice_: Slice) -> None:
        """Let cases that SmartAdvocate has changed since the last look go first. A hint: it may fail."""
        if watch.before is None:
            return
        since, until = watch.before - self._pace.search_overlap, watch.now + self._pace.search_overlap
        touched: set[str] = set()
        try:
            for page in range(self._pace.search_pages):
                rows = self._case_management.search_cases(firm, since, until, page).rows
                touched |= {row.integration_id for row in rows}
                if len(rows) < firm.page_size or slice_.is_over:
                    break
        except (RateLimitedError, ConnectionRejectedError):
            raise
        except CasebridgeError:  # the search is UNVERIFIED; without it the turn comes later
            pass
        if touched:
            with self._units_of_work(SYSTEM) as uow:
                uow.shared_notes.mark_active(firm.firm_id, touched, self._pace.touched_for)
                uow.commit()

    def _batch(self, firm: Firm, reading: "_Reading") -> Sequence[WatchedCase] | None:
        """Return the cases whose turn it is; None where it is nobody's."""
        pace = self._pace
        with self._units_of_work(SYSTEM) as uow:
            active = uow.shared_notes.next(
                firm.firm_id, limit=pace.batch_active, unread_for=pace.unread_for, active=True
            )
            reading.active_left = len(active) == pace.batch_active
            room = pace.batch_others if active else pace.batch_active
            others: Sequence[WatchedCase] = []
            if reading.others_left > 0:
                chosen = {case.integration_id for case in active}
                # Those that are active may come in this turn too: as many more, and they are left out.
                turn = uow.shared_notes.next(
                    firm.firm_id, limit=room + len(active), unread_for=pace.unread_for, active=False
                )
                others = [case for case in turn if case.integration_id not in chosen][:room]
                reading.others_left -= len(others)
            batch = [*active, *others]
            if not batch:
                return None
            # Those whose notes could not be read so often: their turn goes by.
            ids = [case.integration_id for case in batch]
            aside = uow.tries.set_aside(firm.firm_id, Thing.NOTES_OF_A_CASE, ids)
            for case_id in sorted(aside):
                uow.shared_notes.mark_read(firm.firm_id, case_id, is_known=False)
            uow.commit()
        return [case for case in batch if case.integration_id not in aside]

    def _read(self, firm: Firm, case: WatchedCase, reading: "_Reading") -> None:
        try:
            if not reading.types_checked:
                self._note_types.check_shared(firm, case.integration_id)
                reading.types_checked = True
            notes = self._case_management.notes(firm, case.integration_id)
        except (RateLimitedError, ConnectionRejectedError):
            raise
        except CasebridgeError as error:
            self._pass_over(firm, case, error, reading)
            return
        self._take(firm, case, notes, resolve=not reading.succeeded)
        reading.succeeded, reading.failed = True, 0

    def _pass_over(self, firm: Firm, case: WatchedCase, error: CasebridgeError, reading: "_Reading") -> None:
        """One case that cannot be read holds up no other; several in a row are SmartAdvocate's trouble."""
        with self._units_of_work(SYSTEM) as uow:
            uow.shared_notes.mark_read(firm.firm_id, case.integration_id, is_known=False)
            if isinstance(error, UnexpectedError | UnreadableAnswerError | PermissionMissingError):
                # Of this case alone, as far as one can tell: nobody else would ever say so.
                message = f"case {case.integration_id}: its notes cannot be read: {error}"
                if uow.tries.failed(firm.firm_id, Thing.NOTES_OF_A_CASE, [case.integration_id]):
                    message = f"{message}; {SET_ASIDE}"
                kind = IssueKind.SHARED_NOTE_UNREADABLE
                uow.issues.open(firm.firm_id, kind, case.integration_id, message)
            uow.commit()
        if not isinstance(error, CaseNotFoundError):
            reading.failed += 1
            if reading.failed >= self._pace.failures:
                raise _GivenUpError(str(error))

    def _take(self, firm: Firm, case: WatchedCase, notes: Sequence[Note], *, resolve: bool) -> None:
        """Announce and remember in one transaction: what is cut short is read again, never said twice.

        A note that cannot be made a message is an issue of its case until it can; the others are announced.
        After so many tries it is set aside, which the issue says, and looked at now and then.
        """
        aside = self._set_aside(firm, [_tried_as(note, case) for note in notes if note.is_shared])
        found = [
            seen
            for note in notes
            if _tried_as(note, case) not in aside and (seen := _look(firm, case, note)) is not None
        ]
        found.sort(key=lambda seen: (seen.note.written_at or _LONG_AGO, seen.note.note_id))
        firm_id, case_id = firm.firm_id, case.integration_id
        with self._units_of_work(SYSTEM) as uow:
            uow.shared_notes.mark_read(firm_id, case_id, is_known=True)
            ours = uow.shared_notes.ours(firm_id, [seen.note.note_id for seen in found])
            silent = {
                seen.note.note_id
                for seen in found
                if seen.note.note_id in ours
                or seen.is_marked
                or (not case.is_known and is_older(seen.note, case.since) and not _has_no_time(seen))
            } - {_NO_ID}
            uow.shared_notes.remember(firm_id, case_id, silent, announced=False)
            wanted = [
                seen
                for seen in found
                if not (seen.note.note_id in silent or seen.is_marked or _is_past(uow, firm, case, seen))
            ]
            if _announce(uow, firm, case, wanted):
                uow.shared_notes.mark_active(firm_id, [case_id], self._pace.active_for)
            _tell_unreadable(uow, firm, case, wanted, others=bool(aside))
            if resolve:
                uow.issues.resolve(firm_id, IssueKind.SHARED_NOTES_UNREAD)
            uow.commit()

    def _set_aside(self, firm: Firm, note_ids: Sequence[str]) -> set[str]:
        if not note_ids:
            return set()
        with self._units_of_work(SYSTEM) as uow:
            return uow.tries.set_aside(firm.firm_id, Thing.NOTE, note_ids)

    def _stop(self, firm: Firm, error: "ConnectionRejectedError | _GivenUpError") -> None:
        with self._units_of_work(SYSTEM) as uow:
            if isinstance(error, ConnectionRejectedError):
                lose_connection(uow, firm.firm_id, error)
            else:
                uow.issues.open(firm.firm_id, IssueKind.SHARED_NOTES_UNREAD, firm.firm_id, str(error))
            uow.commit()


@dataclass(slots=True)
class _Reading:
    """How a slice is going."""

    others_left: int
    active_left: bool = False
    types_checked: bool = False
    succeeded: bool = False
    failed: int = 0


class _GivenUpError(CasebridgeError):
    """Several cases in a row could not be read."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A shared note, the message it makes (None: it holds no text yet), and why it makes none."""

    note: Note
    message: Announcement | None = None
    is_marked: bool = False
    problem: str | None = None


def _look(firm: Firm, case: WatchedCase, note: Note) -> _Seen | None:
    """Read one note, outside of any transaction; None for one that is not shared."""
    try:
        if not is_shared_message(note, firm):
            return None
        if (problem := problem_of(note)) is not None:
            return _Seen(note, is_marked=bears_our_mark(note), problem=problem)
        return _Seen(note, message_written(firm, case.integration_id, note), bears_our_mark(note))
    except BaseException as error:  # one note's defect holds up no other note
        if is_an_end(error):
            raise
        return _Seen(note, problem=str(unexpected(error, "the note")))


def _has_no_time(seen: _Seen) -> bool:
    """Tell whether nobody knows when a note was written that cannot be read: it may be new."""
    return seen.note.problem is not None and seen.note.written_at is None


def _is_past(uow: UnitOfWork, firm: Firm, case: WatchedCase, seen: _Seen) -> bool:
    """Tell whether a note that cannot be read was dealt with before, or is from before the case counts."""
    note = seen.note
    if seen.problem is None:
        return False
    if note.note_id != _NO_ID:
        return bool(uow.shared_notes.seen(frozenset({firm.firm_id}), note.note_id, 1))
    return note.written_at is not None and note.written_at <= case.since


def _tried_as(note: Note, case: WatchedCase) -> str:
    """Return by what name tries of a note are counted: those without an id are counted for their case."""
    return note.note_id or f"of case {case.integration_id}"


def _announce(uow: UnitOfWork, firm: Firm, case: WatchedCase, seen: Sequence[_Seen]) -> bool:
    """Announce those that were never seen before; True if there were any."""
    messages = {one.note.note_id: one.message for one in seen if one.message is not None}
    new = uow.shared_notes.remember(firm.firm_id, case.integration_id, list(messages), announced=True)
    uow.outbox.announce([message for note_id, message in messages.items() if note_id in new])
    return bool(new)


def _tell_unreadable(
    uow: UnitOfWork, firm: Firm, case: WatchedCase, seen: Sequence[_Seen], *, others: bool
) -> None:
    """Open the issue of the case, or resolve it where none is left. `others` are set aside, and told of."""
    problems = {_tried_as(one.note, case): one.problem for one in seen if one.problem is not None}
    firm_id, case_id = firm.firm_id, case.integration_id
    if not problems:
        if not others and uow.issues.resolve(firm_id, IssueKind.SHARED_NOTE_UNREADABLE, case_id):
            uow.tries.went_well(firm_id, Thing.NOTES_OF_A_CASE, [case_id])
            names = {_tried_as(one.note, case) for one in seen} | {f"of case {case_id}"}
            uow.tries.went_well(firm_id, Thing.NOTE, sorted(names))
        return
    unnamed = f"of case {case_id}"
    shown = ["without an id" if name == unnamed else name for name in problems]
    named = ", ".join(shown[:_NOTES_NAMED])
    more = f" and {len(problems) - _NOTES_NAMED} more" if len(problems) > _NOTES_NAMED else ""
    why = next(iter(problems.values()))
    message = f"case {case_id}: note {named}{more} cannot be made a message to the client: {why}"
    if uow.tries.failed(firm_id, Thing.NOTE, list(problems)):
        message = f"{message}; {SET_ASIDE}"
    uow.issues.open(firm_id, IssueKind.SHARED_NOTE_UNREADABLE, case_id, message)
