"""Bring a firm's cases over, page by page, each with its results in one transaction (design, section 7)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from core.actor import SYSTEM, Actor
from core.case import SkipReason, SourceCase, UnreadableCase
from core.cursor import JUST_LATER, MARGIN, Cursor, Row, Search
from core.errors import (
    CasebridgeError,
    CaseNotFoundError,
    ConnectionRejectedError,
    ErrorClass,
    PermissionMissingError,
    RateLimitedError,
    UnexpectedError,
    UnreadableAnswerError,
)
from core.firm import ConnectionState, Firm, SyncMode
from core.foreign import guarded, is_an_end, unexpected
from core.issue import IssueKind
from core.ports.case_management import CaseManagement, CasePage
from core.ports.clock import Clock
from core.ports.processes import Life
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.problem import CURED_BY_MAPPING, CaseProblem
from core.reason import Reason
from core.retry import next_delay
from core.run import OneByOne, Phase, Run, RunState, Sweep, Trigger
from core.usecases.steps.begin_run import follow_run
from core.usecases.steps.end_run import end_run
from core.usecases.steps.finish_run import finish_run
from core.usecases.steps.job import Slice, Task, work_off
from core.usecases.steps.lose_connection import lose_connection
from core.usecases.steps.search_pages import SearchPages
from core.usecases.steps.store_cases import ReadCase, StoreCases, VanishedCase
from core.window import OPEN_END, Answer, advance, covers_everything

SLICE = timedelta(seconds=30)
ONE_BY_ONE: Final = 20  # cases read between two transactions
CUT_SHORT_AT_MOST: Final = 8  # slices one after the other that no worker came back from
_LONG_AGO: Final = datetime(1900, 1, 2, tzinfo=UTC)  # no case was changed before


class SyncCases:
    """Works off one `sync-cases` job: a bounded slice of one run.

    A run reads its window, then tries again what has a problem, then, over ten years, looks for cases it did
    not meet.
    """

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        case_management: CaseManagement,
        clock: Clock,
        cases: StoreCases,
        *,
        life: Life,
        stopping: Callable[[], bool],
        slice_: timedelta,
    ) -> None:
        self._units_of_work = units_of_work
        self._case_management = guarded(case_management)
        self._pages = SearchPages(self._case_management, clock)
        self._clock = clock
        self._cases = cases
        self._stopping = stopping
        self._slice_length = slice_
        self._life = life

    def __call__(self, actor: Actor, job_id: int) -> None:
        """Run the job; a repeated or outdated id does nothing. Raises TransientError from the store only."""
        actor.must_be_system()
        work_off(self._units_of_work, job_id, self._life, self._slice)

    def _slice(self, task: Task) -> bool:
        """Read on until the run or the slice ends. True if the run has more to read now."""
        firm, run = task.firm, task.run
        if firm is None or run is None or run.state is not RunState.WAITING:
            return False
        if firm.connection is not ConnectionState.CONNECTED:
            self._give_up(run, Reason.NOT_CONNECTED, f"firm {firm.firm_id!r} is not connected")
            return False
        if run.cut_short >= CUT_SHORT_AT_MOST:
            self._give_up(
                run,
                Reason.WORKER_BROKEN,
                f"{run.cut_short} slices one after the other were cut short: their workers were killed, or "
                "met an error that casebridge does not know",
            )
            return False
        if firm.is_paused(self._clock.now()):
            return False  # it goes on when the pause is over
        slice_ = Slice.begin(self._slice_length, self._clock, self._stopping)
        try:
            while not slice_.is_over:
                step = self._step(firm, run, slice_)
                if step is None:
                    return False
                run = step
        except RateLimitedError:
            return False  # the firm is paused by now: that is nobody's failure
        except CasebridgeError as error:
            self._failed(firm, run, error)
            return False
        except BaseException as error:  # a run that fails says so, whatever it failed by
            if is_an_end(error):
                raise
            self._failed(firm, run, unexpected(error, "a run", firm_id=firm.firm_id))
            return False
        return True

    def _step(self, firm: Firm, run: Run, slice_: Slice) -> Run | None:
        """Take the run one step further; None when it has ended."""
        if isinstance(run.cursor, OneByOne):
            return self._read_one_by_one(firm, run, run.cursor, slice_)
        if run.cursor is None and run.trigger is Trigger.RETRY:
            return self._begin_with_problems(firm, run, slice_)
        return self._read_page(firm, run, run.cursor or Cursor(run.window.since))

    def _read_page(self, firm: Firm, run: Run, cursor: Cursor) -> Run | None:
        """Read, map and store one page."""
        page = self._pages.read(firm, run, cursor.search(run.window))
        rows = _ordering(page.rows)
        cases = self._complete(firm, page.rows)

        def following(uow: UnitOfWork) -> Cursor:
            one_set, met = cursor.one_set, 0
            if one_set is not None:
                met = uow.runs.meet(run, [row[0] for row in rows], anew=one_set.requests == 0)
            return advance(cursor, Answer(rows, page.total, met), run.window)

        return self._store(firm, run, cases, following, _left(page, cursor, firm))

    def _begin_with_problems(self, firm: Firm, run: Run, slice_: Slice) -> Run | None:
        with self._units_of_work(SYSTEM) as uow:
            here = _next_phase(uow, firm, run, self._clock.now(), 0) or OneByOne(Phase.SKIPPED)
        return self._read_one_by_one(firm, run, here, slice_)

    def _read_problems(self, firm: Firm, run: Run, here: OneByOne, sweep: Sweep) -> Run | None:
        """Read a page of cases with a problem: from the time of the earliest, whatever else stands between.

        So no more pages are read than there are problems, and where they lie close together far fewer. What
        is not met so, because its time has changed or the server sorts otherwise, is read by id after it.
        """
        with self._units_of_work(SYSTEM) as uow:
            due = _problems(uow, firm, run, firm.page_size, since=sweep.since)
        if not due:
            return self._store(firm, run, [], lambda uow: _after_sweep(uow, firm, run, here, sweep))
        earliest = due[0].modified_at or sweep.since
        number = sweep.page if earliest == sweep.since else 0
        until = max(run.window.until, self._clock.now() + OPEN_END)
        page = self._pages.read(firm, run, Search(earliest - MARGIN, until, number))
        wanted = {problem.integration_id for problem in due}
        cases = [row for row in page.rows if row.integration_id in wanted and not _is_summary(row, firm)]
        times = [row.modified_at for row in page.rows if row.modified_at is not None]
        behind = max([at for at in times if at <= (due[-1].modified_at or at)], default=earliest)
        tried = sweep.tried or bool(cases)
        if cases and behind <= earliest:  # more of that instant than fit the page
            onwards = Sweep(earliest, number + 1, tried)
        else:
            onwards = Sweep(max(behind, earliest + JUST_LATER), 0, tried)
        return self._store(firm, run, cases, lambda _: replace(here, sweep=onwards))

    def _read_one_by_one(self, firm: Firm, run: Run, here: OneByOne, slice_: Slice) -> Run | None:
        """Read some cases by id and store what they come to; past the last one, on to the next phase."""
        with self._units_of_work(SYSTEM) as uow:
            # Anew, so that changed settings count: with the older ones a try would not end the matter.
            firm = uow.firms.get(firm.firm_id) or firm
            wanted = [] if here.sweep else _wanted(uow, firm, run, here, self._clock.now())
        if here.sweep is not None:
            return self._read_problems(firm, run, here, here.sweep)
        cases: list[ReadCase] = []
        for integration_id in wanted:
            cases.append(self._read(firm, integration_id))
            if slice_.is_over:
                break
        return self._store(firm, run, cases, lambda _: here if wanted else None)

    def _store(
        self,
        firm: Firm,
        run: Run,
        cases: Sequence[ReadCase],
        following: Callable[[UnitOfWork], Cursor | OneByOne | None],
        left: int | None = None,
    ) -> Run | None:
        """Store one step in one transaction. None if the run is over, or another worker has gone on."""
        with self._units_of_work(SYSTEM) as uow:
            uow.cases.lock(firm.firm_id)
            position, unproven = _position(run, following(uow))
            # A firm that imports its cases one by one asked for those with a problem; others it did not want.
            may_import = firm.sync_mode is SyncMode.ALL_CASES or isinstance(position or run.cursor, OneByOne)
            decided = self._cases.decide(uow, firm, cases, may_import=may_import)
            self._cases.store(uow, firm, run.run_id, decided)
            # Settings that changed since this slice began may cure what it has tried: they count already.
            position = position or _next_phase(
                uow, uow.firms.get(firm.firm_id) or firm, run, self._clock.now(), unproven
            )
            if not uow.runs.advance(run, position, decided.results, left):
                return None
            if position is None:
                finish_run(uow, firm, run, self._clock.now(), unproven)
            uow.commit()
        if position is None:
            return None
        return replace(run, cursor=position, pages=run.pages + 1, failures=0, version=run.version + 1)

    def _complete(self, firm: Firm, rows: Sequence[SourceCase | UnreadableCase]) -> list[ReadCase]:
        """Read summary rows again by number; unchanged ones cost nothing.

        Skipped cases that did not change since their last try are left to the phase that tries them anyway.
        """
        summaries = [row.integration_id for row in rows if _is_summary(row, firm)]
        if not summaries:
            return list(rows)
        with self._units_of_work(SYSTEM) as uow:
            known = uow.cases.get(firm.firm_id, summaries)
            skipped = uow.problems.modified(firm.firm_id, summaries)
        whole: list[ReadCase] = []
        for row in rows:
            stored = known.get(row.integration_id)
            if not isinstance(row, SourceCase) or not _is_summary(row, firm):
                whole.append(row)
            elif stored is not None and stored.modified_at == row.modified_at:
                whole.append(replace(row, complete=False))
            elif skipped.get(row.integration_id) != row.modified_at:
                whole.append(self._read_whole(firm, row))
        return whole

    def _read_whole(self, firm: Firm, row: SourceCase) -> ReadCase:
        """Read it by number, and by id where the number cannot be asked for or leads to another case."""
        why = "SmartAdvocate shows another case under its number"
        try:
            case = self._case_management.case_by_number(firm, row.case_number)
            if case.integration_id == row.integration_id:
                return case
        except (CaseNotFoundError, UnexpectedError, UnreadableAnswerError) as error:
            why = str(error)
        found = self._read(firm, row.integration_id)
        if isinstance(found, VanishedCase) and found.reason is SkipReason.NOT_FOUND:
            return UnreadableCase(row.integration_id, why, row.modified_at)
        return replace(found, modified_at=row.modified_at) if isinstance(found, UnreadableCase) else found

    def _read(self, firm: Firm, integration_id: str) -> ReadCase:
        """Read one case by id; what is wrong with this one case alone must not end the run."""
        try:
            return self._case_management.case_by_id(firm, integration_id)
        except CaseNotFoundError:
            return VanishedCase(integration_id)
        except PermissionMissingError:
            return VanishedCase(integration_id, SkipReason.PERMISSION_MISSING)
        except (UnexpectedError, UnreadableAnswerError) as error:
            return UnreadableCase(integration_id, str(error))

    def _failed(self, firm: Firm, run: Run, error: CasebridgeError) -> None:
        """Put the run off after a transient error; end it, visibly, after any other."""
        now = self._clock.now()
        pause = next_delay(run.failures + 1, now - run.started_at, error.retry_after)
        with self._units_of_work(SYSTEM) as uow:
            if error.error_class is ErrorClass.TRANSIENT and pause is not None:
                uow.runs.put_off(run, now + pause, error.reason, str(error))
            elif end_run(uow, run, RunState.FAILED, error.reason, str(error)):
                uow.issues.open(firm.firm_id, IssueKind.SYNC_FAILED, str(run.trigger), str(error))
                follow_run(uow, run, now)
            if isinstance(error, ConnectionRejectedError):
                lose_connection(uow, firm.firm_id, error)
            uow.commit()

    def _give_up(self, run: Run, reason: Reason, detail: str) -> None:
        """End the run without an issue of its own where the firm's connection has one."""
        with self._units_of_work(SYSTEM) as uow:
            if end_run(uow, run, RunState.FAILED, reason, detail):
                if reason is not Reason.NOT_CONNECTED:
                    uow.issues.open(run.firm_id, IssueKind.SYNC_FAILED, str(run.trigger), detail)
                follow_run(uow, run, self._clock.now())
            uow.commit()


def _position(run: Run, following: Cursor | OneByOne | None) -> tuple[Cursor | OneByOne | None, int]:
    """Return where the run goes on, None for the next phase; and how many groups were not read whole."""
    if isinstance(following, Cursor):
        return (None if following.over else following), following.unproven
    if following is not None:
        return following, following.unproven
    return None, run.cursor.unproven if run.cursor is not None else 0


def _next_phase(uow: UnitOfWork, firm: Firm, run: Run, now: datetime, unproven: int) -> OneByOne | None:
    """Return the next phase that has something to do, or None where the run is over."""
    for phase in Phase:
        here = OneByOne(phase, unproven=unproven)
        if _wanted(uow, firm, run, here, now, 1):
            return _by_pages(uow, firm, run, here) if phase is Phase.SKIPPED else here
    return None


def _by_pages(uow: UnitOfWork, firm: Firm, run: Run, here: OneByOne) -> OneByOne:
    """Return the phase of cases with a problem: by pages where there are more than fit one."""
    if len(_problems(uow, firm, run, firm.page_size + 1)) <= firm.page_size:
        return replace(here, sweep=None)
    return replace(here, sweep=Sweep(_LONG_AGO))


def _after_sweep(uow: UnitOfWork, firm: Firm, run: Run, here: OneByOne, sweep: Sweep) -> OneByOne:
    """Return what follows a sweep: another where many are left or due anew, else what it left, by id."""
    firm = uow.firms.get(firm.firm_id) or firm
    return _by_pages(uow, firm, run, here) if sweep.tried else replace(here, sweep=None)


def _wanted(
    uow: UnitOfWork, firm: Firm, run: Run, here: OneByOne, now: datetime, limit: int = ONE_BY_ONE
) -> Sequence[str]:
    """Return cases that the phase has still to read: each leaves a result row or a newer problem."""
    if here.phase is Phase.SKIPPED:
        return [problem.integration_id for problem in _problems(uow, firm, run, limit)]
    if here.phase is Phase.CLOSING:
        return uow.runs.closing(run, now, limit)
    if here.unproven or covers_everything(run.window):
        return uow.runs.unseen(run, limit)
    return []


def _problems(
    uow: UnitOfWork, firm: Firm, run: Run, limit: int, *, since: datetime | None = None
) -> Sequence[CaseProblem]:
    reasons = CURED_BY_MAPPING if run.trigger is Trigger.RETRY else None
    return uow.problems.to_retry(firm.firm_id, run.run_id, firm.settings_version, reasons, limit, since=since)


def _is_summary(row: SourceCase | UnreadableCase, firm: Firm) -> bool:
    return isinstance(row, SourceCase) and not (row.complete and firm.search_rows_complete)


def _ordering(rows: Iterable[SourceCase | UnreadableCase]) -> list[Row]:
    return [(row.integration_id, row.modified_at) for row in rows]


def _left(page: CasePage, cursor: Cursor, firm: Firm) -> int | None:
    """Return how many cases are left behind this page, where the server counts them."""
    if page.total is None:
        return None
    if cursor.halves or cursor.one_set or cursor.checking or cursor.looking_back:
        return None  # it counts a part of the window
    return max(0, page.total - cursor.page * firm.page_size - len(page.rows))
