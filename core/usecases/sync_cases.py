"""Bring a firm's cases over, page by page, each with its results in one transaction (design, section 7)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core.announcement import Announcement, AnnouncementKind
from core.case import Case, Outcome, SkipReason, SourceCase, UnreadableCase
from core.changes import Change
from core.delivery import HoldReason
from core.errors import (
    CasebridgeError,
    CaseNotFoundError,
    ConnectionRejectedError,
    ErrorClass,
    RateLimitedError,
)
from core.firm import ConnectionState, Firm, SyncMode
from core.mapping import PhoneNormaliser, map_case
from core.ports.case_management import CaseManagement
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.retry import next_delay
from core.run import CaseResult, Run, RunState
from core.schedule import JobName
from core.usecases.connection import lose_connection
from core.window import FIRST_WINDOW, Cursor, Row, advance

SLICE = timedelta(seconds=30)
LEASE = timedelta(seconds=150)  # a slice, its last page with the longest time limit, and storing it


@dataclass(slots=True)
class _Page:
    """What a page comes to, to be stored in one transaction."""

    saved: list[Case] = field(default_factory=list)
    imported: list[str] = field(default_factory=list)
    results: list[CaseResult] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)
    unmatched: dict[tuple[SkipReason, str], int] = field(default_factory=dict)


class SyncCases:
    """Works off one `sync-cases` job: a bounded slice of one run."""

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        case_management: CaseManagement,
        clock: Clock,
        normalise_phone: PhoneNormaliser,
        *,
        stopping: Callable[[], bool] = lambda: False,
        slice_: timedelta = SLICE,
        lease: timedelta = LEASE,
    ) -> None:
        self._units_of_work = units_of_work
        self._case_management = case_management
        self._clock = clock
        self._normalise_phone = normalise_phone
        self._stopping = stopping
        self._slice_length = slice_
        self._lease = lease

    def __call__(self, job_id: int) -> None:
        """Run the job; a repeated or outdated id does nothing. Raises TransientError from the store only."""
        with self._units_of_work() as uow:
            job = uow.jobs.start(job_id, self._lease)
            firm = uow.firms.get(job.firm_id) if job else None
            run = uow.runs.get(job.run_id) if job and job.run_id is not None else None
            uow.commit()
        if job is None:
            return
        more = self._slice(firm, run) if firm and run and run.state is RunState.WAITING else False
        with self._units_of_work() as uow:
            uow.jobs.finish(job)
            if more:
                uow.jobs.enqueue(JobName.SYNC_CASES, [job.firm_id], run_id=job.run_id)
            uow.commit()

    def _slice(self, firm: Firm, run: Run) -> bool:
        """Read pages until the run or the slice ends. True if the run has more to read now."""
        now = self._clock.now()
        if firm.connection is not ConnectionState.CONNECTED:
            self._end(run, RunState.FAILED, "the firm is not connected; connect it and start the sync again")
            return False
        if firm.paused_until and firm.paused_until > now:
            self._put_off(run, firm.paused_until, "SmartAdvocate asked for a pause")
            return False
        ends_at = now + self._slice_length
        try:
            while self._clock.now() < ends_at and not self._stopping():
                step = self._read_page(firm, run)
                if step is None:
                    return False
                run = step
        except CasebridgeError as error:
            self._failed(firm, run, error)
            return False
        return True

    def _read_page(self, firm: Firm, run: Run) -> Run | None:
        """Read, map and store one page; None when the run has ended."""
        cursor = run.cursor or Cursor(run.window.since)
        page = self._case_management.search_cases(firm, cursor.since, run.window.until, cursor.page)
        following = advance(cursor, _ordering(page.rows), run.started_at)
        rows = self._complete(firm, page.rows)
        with self._units_of_work() as uow:
            outcome = self._decide(uow, firm, rows)
            if not uow.runs.advance(run, following, outcome.results):
                return None  # cancelled, or another worker has gone on from here
            self._save(uow, firm, outcome)
            if following is None:
                self._finish(uow, firm, run)
            uow.commit()
        if following is None:
            return None
        return replace(run, cursor=following, pages=run.pages + 1, failures=0, version=run.version + 1)

    def _complete(
        self, firm: Firm, rows: Sequence[SourceCase | UnreadableCase]
    ) -> list[SourceCase | UnreadableCase]:
        """Read summary rows again by number; unchanged ones cost nothing."""
        summaries = [row.integration_id for row in rows if _is_summary(row, firm)]
        if not summaries:
            return list(rows)
        with self._units_of_work() as uow:
            known = uow.cases.get(firm.firm_id, summaries)
        whole: list[SourceCase | UnreadableCase] = []
        for row in rows:
            stored = known.get(row.integration_id)
            unchanged = stored is not None and stored.modified_at == row.modified_at
            if isinstance(row, UnreadableCase) or not _is_summary(row, firm):
                whole.append(row)
            else:
                whole.append(replace(row, complete=False) if unchanged else self._read_whole(firm, row))
        return whole

    def _read_whole(self, firm: Firm, row: SourceCase) -> SourceCase | UnreadableCase:
        try:
            return self._case_management.case_by_number(firm, row.case_number)
        except CaseNotFoundError as error:
            return UnreadableCase(row.integration_id, str(error), row.modified_at)

    def _decide(self, uow: UnitOfWork, firm: Firm, rows: Iterable[SourceCase | UnreadableCase]) -> _Page:
        page = _Page()
        latest = {row.integration_id: row for row in rows}  # a page may bring a case twice: the later counts
        known = uow.cases.get(firm.firm_id, list(latest))
        for row in latest.values():
            self._decide_one(page, firm, row, known.get(row.integration_id))
        return page

    def _decide_one(
        self, page: _Page, firm: Firm, row: SourceCase | UnreadableCase, old: Case | None
    ) -> None:
        if isinstance(row, UnreadableCase):
            page.results.append(CaseResult(row.integration_id, Outcome.SKIPPED, skip=SkipReason.UNREADABLE))
            return
        if old is None and firm.sync_mode is SyncMode.INDIVIDUALLY:
            return  # such a firm imports its cases one by one; only those are updated
        if old is not None and not row.complete:  # a summary of what is stored: see _complete
            page.results.append(CaseResult(row.integration_id, Outcome.UNCHANGED, old.readable_id))
            return
        mapped = map_case(row, firm, old, self._normalise_phone)
        for reason in mapped.unmatched:
            stage = f" / {row.status}" if reason is SkipReason.STAGE_UNMAPPED else ""
            key = (reason, f"{row.case_type}{stage}")
            page.unmatched[key] = page.unmatched.get(key, 0) + 1
        if mapped.case is None:
            skipped = CaseResult(row.integration_id, Outcome.SKIPPED, row.case_number, skip=mapped.skip)
            page.results.append(skipped)
            return
        change = Change(firm.firm_id, old, mapped.case)
        page.results.append(
            CaseResult(row.integration_id, change.outcome, mapped.case.readable_id, changed=change.changed)
        )
        if old is None:
            page.imported.append(row.integration_id)
        if change.needs_saving:
            page.saved.append(mapped.case)
        page.announcements += change.announcements()

    def _save(self, uow: UnitOfWork, firm: Firm, page: _Page) -> None:
        if page.saved:
            uow.cases.save(firm.firm_id, page.saved)
        if page.imported and uow.deliveries.release_holds(
            firm.firm_id, [HoldReason.CASE_NOT_IMPORTED], page.imported
        ):
            uow.jobs.enqueue(JobName.SYNC_MESSAGES, [firm.firm_id])
        uow.outbox.announce(page.announcements)
        for (reason, name), number in page.unmatched.items():
            uow.issues.open(
                firm.firm_id,
                reason,
                name,
                f"{number} cases of a page have {name!r}, which no practice area or stage matches "
                "(exact spelling, case included); map it in the settings: "
                "new cases are skipped until then, known ones keep what they have",
            )

    def _finish(self, uow: UnitOfWork, firm: Firm, run: Run) -> None:
        uow.runs.finish(run.run_id, RunState.FINISHED)
        if run.window.until - run.window.since > FIRST_WINDOW:
            uow.firms.mark_first_synced(firm.firm_id, self._clock.now())
        data = {"run_id": run.run_id, "trigger": run.trigger, "counts": dict(uow.runs.counts(run.run_id))}
        uow.outbox.announce([Announcement(AnnouncementKind.SYNC_FINISHED, firm.firm_id, data=data)])
        uow.issues.resolve(firm.firm_id, "sync_failed")

    def _failed(self, firm: Firm, run: Run, error: CasebridgeError) -> None:
        """Put the run off after a transient error; end it, visibly, after any other."""
        now = self._clock.now()
        pause = next_delay(run.failures + 1, now - run.started_at, error.retry_after)
        with self._units_of_work() as uow:
            if isinstance(error, RateLimitedError) and pause is not None:
                uow.firms.pause(firm.firm_id, now + pause)
            if error.error_class is ErrorClass.TRANSIENT and pause is not None:
                uow.runs.put_off(run, now + pause, f"{error.reason}: {error}")
            else:
                uow.runs.finish(run.run_id, RunState.FAILED, f"{error.reason}: {error}")
                uow.issues.open(firm.firm_id, "sync_failed", str(run.trigger), str(error))
            if isinstance(error, ConnectionRejectedError):
                lose_connection(uow, firm.firm_id, error)
            uow.commit()

    def _put_off(self, run: Run, until: datetime, reason: str) -> None:
        with self._units_of_work() as uow:
            uow.runs.put_off(run, until, reason)
            uow.commit()

    def _end(self, run: Run, state: RunState, reason: str) -> None:
        with self._units_of_work() as uow:
            uow.runs.finish(run.run_id, state, reason)
            uow.commit()


def _is_summary(row: SourceCase | UnreadableCase, firm: Firm) -> bool:
    return isinstance(row, SourceCase) and not (row.complete and firm.search_rows_complete)


def _ordering(rows: Iterable[SourceCase | UnreadableCase]) -> list[Row]:
    return [(row.integration_id, row.modified_at) for row in rows]
