"""Bring a firm's cases over, page by page, each with its results in one transaction (design, section 7)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.actor import SYSTEM, Actor
from core.case import SkipReason, SourceCase, UnreadableCase
from core.errors import (
    CasebridgeError,
    CaseNotFoundError,
    ConnectionRejectedError,
    ErrorClass,
    NeedsPersonError,
    PermissionMissingError,
    RateLimitedError,
    UnexpectedError,
    UnreadableAnswerError,
)
from core.firm import ConnectionState, Firm, SyncMode
from core.foreign import guarded, unexpected
from core.issue import IssueKind
from core.ports.case_management import CaseManagement, CasePage
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.problem import CURED_BY_MAPPING
from core.reason import Reason
from core.retry import next_delay
from core.run import OneByOne, Phase, Run, RunState, Trigger
from core.usecases.steps.begin_run import follow_run
from core.usecases.steps.end_run import end_run
from core.usecases.steps.finish_run import finish_run
from core.usecases.steps.job import Slice, Task, work_off
from core.usecases.steps.lose_connection import lose_connection
from core.usecases.steps.store_cases import ReadCase, StoreCases, VanishedCase
from core.window import Cursor, Row, advance, covers_everything

SLICE = timedelta(seconds=30)
LEASE = timedelta(seconds=150)  # a slice, its last page with the longest time limit, and storing it
ONE_BY_ONE: Final = 20  # cases read between two transactions
_NOT_FOUND: Final = 404
CUT_SHORT_AT_MOST: Final = 8  # slices one after the other that no worker came back from


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
        stopping: Callable[[], bool],
        slice_: timedelta,
        lease: timedelta,
    ) -> None:
        self._units_of_work = units_of_work
        self._case_management = guarded(case_management)
        self._clock = clock
        self._cases = cases
        self._stopping = stopping
        self._slice_length = slice_
        self._lease = lease

    def __call__(self, actor: Actor, job_id: int) -> None:
        """Run the job; a repeated or outdated id does nothing. Raises TransientError from the store only."""
        actor.must_be_system()
        work_off(self._units_of_work, job_id, self._lease, self._slice)

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
        except Exception as error:  # noqa: BLE001 - a run that fails says so, whatever it failed by
            self._failed(firm, run, unexpected(error, "a run", firm_id=firm.firm_id))
            return False
        return True

    def _step(self, firm: Firm, run: Run, slice_: Slice) -> Run | None:
        """Take the run one step further; None when it has ended."""
        if isinstance(run.cursor, OneByOne):
            return self._read_one_by_one(firm, run, run.cursor, slice_)
        if run.cursor is None and run.trigger is Trigger.RETRY:
            return self._read_one_by_one(firm, run, OneByOne(Phase.SKIPPED), slice_)
        return self._read_page(firm, run, run.cursor or Cursor(run.window.since))

    def _read_page(self, firm: Firm, run: Run, cursor: Cursor) -> Run | None:
        """Read, map and store one page."""
        page = self._search(firm, run, cursor.since, cursor.page)
        following = advance(cursor, _ordering(page.rows), run.started_at)
        cases = self._complete(firm, page.rows)
        return self._store(firm, run, cases, following, _left(page, cursor, firm))

    def _search(self, firm: Firm, run: Run, since: datetime, page: int) -> CasePage:
        """Read one page; a 404 is an empty one where the search is there: its first page, and it once more.

        Some servers have "no records" where a page is past the end. One answer that went astray must not
        end a run that has more to read.
        """
        search, until = self._case_management.search_cases, run.window.until
        try:
            return search(firm, since, until, page)
        except NeedsPersonError as error:
            if error.status != _NOT_FOUND or not run.pages:
                raise
        search(firm, run.window.since, until, 0)
        try:
            return search(firm, since, until, page)
        except NeedsPersonError as error:
            if error.status != _NOT_FOUND:
                raise
            return CasePage(())

    def _read_one_by_one(self, firm: Firm, run: Run, here: OneByOne, slice_: Slice) -> Run | None:
        """Read some cases by id and store what they come to; past the last one, on to the next phase."""
        with self._units_of_work(SYSTEM) as uow:
            # Anew, so that changed settings count: with the older ones a try would not end the matter.
            firm = uow.firms.get(firm.firm_id) or firm
            wanted = _wanted(uow, firm, run, here.phase)
        cases: list[ReadCase] = []
        for integration_id in wanted:
            cases.append(self._read(firm, integration_id))
            if slice_.is_over:
                break
        return self._store(firm, run, cases, here if wanted else None)

    def _store(
        self,
        firm: Firm,
        run: Run,
        cases: Sequence[ReadCase],
        following: Cursor | OneByOne | None,
        left: int | None = None,
    ) -> Run | None:
        """Store one step in one transaction. None if the run is over, or another worker has gone on."""
        # A firm that imports its cases one by one asked for those with a problem; others it did not want.
        may_import = firm.sync_mode is SyncMode.ALL_CASES or isinstance(following or run.cursor, OneByOne)
        with self._units_of_work(SYSTEM) as uow:
            uow.cases.lock(firm.firm_id)
            decided = self._cases.decide(uow, firm, cases, may_import=may_import)
            self._cases.store(uow, firm, run.run_id, decided)
            # Settings that changed since this slice began may cure what it has tried: they count already.
            position = following or _next_phase(uow, uow.firms.get(firm.firm_id) or firm, run)
            if not uow.runs.advance(run, position, decided.results, left):
                return None
            if position is None:
                finish_run(uow, firm, run, self._clock.now())
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


def _next_phase(uow: UnitOfWork, firm: Firm, run: Run) -> OneByOne | None:
    """Return the next phase that has something to do, or None where the run is over."""
    return next((OneByOne(phase) for phase in Phase if _wanted(uow, firm, run, phase, 1)), None)


def _wanted(uow: UnitOfWork, firm: Firm, run: Run, phase: Phase, limit: int = ONE_BY_ONE) -> Sequence[str]:
    """Return cases that the phase has still to read: each leaves a result row or a newer problem."""
    if phase is Phase.SKIPPED:
        reasons = CURED_BY_MAPPING if run.trigger is Trigger.RETRY else None
        problems = uow.problems.to_retry(firm.firm_id, run.run_id, firm.settings_version, reasons, limit)
        return [problem.integration_id for problem in problems]
    return uow.runs.unseen(run, limit) if covers_everything(run.window) else []


def _is_summary(row: SourceCase | UnreadableCase, firm: Firm) -> bool:
    return isinstance(row, SourceCase) and not (row.complete and firm.search_rows_complete)


def _ordering(rows: Iterable[SourceCase | UnreadableCase]) -> list[Row]:
    return [(row.integration_id, row.modified_at) for row in rows]


def _left(page: CasePage, cursor: Cursor, firm: Firm) -> int | None:
    """Return how many cases are left behind this page, where the server counts them."""
    if page.total is None:
        return None
    return max(0, page.total - cursor.page * firm.page_size - len(page.rows))
