"""Runs in memory."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from core.actor import Reach
from core.case import Outcome, SkipReason
from core.cursor import Cursor, Window
from core.firm_view import Seen
from core.ports.runs import Runs
from core.reason import Reason
from core.run import CaseResult, OneByOne, Run, RunState, Trigger
from core.schedule import JobName
from tests.fakes.reach import within
from tests.fakes.transaction import Transaction


class FakeRuns(Runs):
    """Runs by number, results by (run, case)."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def start(self, firm_id: str, trigger: Trigger, window: Window) -> tuple[Run, bool]:
        rows, under_way = self._transaction.tables.runs, self.open(firm_id)
        if under_way is not None:
            return under_way, False
        run_id, now = self._transaction.next_id(), self._transaction.now()
        rows[run_id] = Run(run_id, firm_id, trigger, window, RunState.WAITING, now)
        return rows[run_id], True

    def start_many(self, trigger: Trigger, windows: Mapping[str, Window]) -> dict[str, int]:
        started = {firm_id: self.start(firm_id, trigger, window) for firm_id, window in windows.items()}
        return {firm_id: run.run_id for firm_id, (run, new) in started.items() if new}

    def follow_with(self, run_id: int, trigger: Trigger) -> bool:
        stored = self.get(run_id)
        if stored is None or stored.state is not RunState.WAITING:
            return False
        if stored.then is not Trigger.RESET:
            self._transaction.tables.runs[run_id] = replace(stored, then=trigger)
        return True

    def record(self, firm_id: str, trigger: Trigger, at: datetime, results: Sequence[CaseResult]) -> Run:
        tables, run_id = self._transaction.tables, self._transaction.next_id()
        run = Run(run_id, firm_id, trigger, Window(at, at), RunState.FINISHED, at, pages=1, ended_at=at)
        tables.runs[run_id] = run
        self._store(run_id, results)
        return run

    def get(self, run_id: int) -> Run | None:
        return self._transaction.tables.runs.get(run_id)

    def open(self, firm_id: str) -> Run | None:
        rows = self._transaction.tables.runs.values()
        return next((run for run in rows if (run.firm_id, run.state) == (firm_id, RunState.WAITING)), None)

    def list(self, firms: Reach, limit: int = 50, *, before: int | None = None) -> Sequence[Run]:
        rows = reversed(self._transaction.tables.runs.values())
        return [
            run for run in rows if within(firms, run.firm_id) and (before is None or run.run_id < before)
        ][:limit]

    def advance(
        self,
        run: Run,
        cursor: Cursor | OneByOne | None,
        results: Sequence[CaseResult],
        cases_left: int | None = None,
    ) -> bool:
        stored = self.get(run.run_id)
        if stored is None or stored.state is not RunState.WAITING or stored.version != run.version:
            return False
        tables = self._transaction.tables
        tables.runs[run.run_id] = replace(
            stored,
            cursor=cursor,
            pages=stored.pages + 1,
            failures=0,
            cut_short=0,
            version=stored.version + 1,
            cases_left=cases_left,
        )
        tables.rests.pop(run.run_id, None)
        self._store(run.run_id, results)
        return True

    def put_off(self, run: Run, until: datetime, reason: Reason, detail: str) -> None:
        stored = self.get(run.run_id)
        if stored is None or stored.state is not RunState.WAITING or stored.version != run.version:
            return
        tables = self._transaction.tables
        tables.rests[run.run_id] = until
        tables.runs[run.run_id] = replace(
            stored,
            failures=stored.failures + 1,
            cut_short=0,
            reason=reason,
            detail=detail or None,
            version=stored.version + 1,
        )

    def due_without_job(self) -> Sequence[tuple[int, str]]:
        tables, now = self._transaction.tables, self._transaction.now()
        with_job = {job.run_id for job in tables.jobs.values() if job.name is JobName.SYNC_CASES}
        return [
            (run.run_id, run.firm_id)
            for run in tables.runs.values()
            if run.state is RunState.WAITING
            and run.run_id not in with_job
            and tables.rests.get(run.run_id, now) <= now
            and not (run.firm_id in tables.firms and tables.firms[run.firm_id].is_paused(now))
        ]

    def finish(self, run_id: int, state: RunState, reason: Reason | None = None, detail: str = "") -> bool:
        stored = self.get(run_id)
        if stored is None or stored.state is not RunState.WAITING:
            return False
        now = self._transaction.now()
        ended = replace(stored, state=state, reason=reason, detail=detail or None, ended_at=now)
        self._transaction.tables.runs[run_id] = ended
        self._transaction.tables.run_sets.pop(run_id, None)
        return True

    def counts(self, run_id: int) -> Mapping[str, int]:
        counts: Counter[str] = Counter()
        for result in self.results(run_id):
            counts[result.outcome.value] += 1
            if result.skip is not None:
                counts[f"{result.outcome.value}:{result.skip.value}"] += 1
        return counts

    def results(
        self,
        run_id: int,
        *,
        outcome: Outcome | None = None,
        skip: SkipReason | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> Sequence[CaseResult]:
        rows = sorted(self._transaction.tables.results.items(), key=lambda row: row[0])
        firm_id = self._transaction.tables.runs[run_id].firm_id if rows else ""
        return [
            self._with_client(firm_id, result)
            for (run, case_id), result in rows
            if run == run_id and (after is None or case_id > after)
            if outcome in (None, result.outcome) and skip in (None, result.skip)
        ][:limit]

    def last_seen(self, firm_id: str, integration_id: str) -> Seen | None:
        tables = self._transaction.tables
        newest = [run for run in reversed(tables.runs.values()) if run.firm_id == firm_id][:60]
        for run in newest:
            if (result := tables.results.get((run.run_id, integration_id))) is not None:
                at = run.ended_at or run.started_at
                return Seen(run.run_id, at, result.outcome, result.skip, result.detail)
        return None

    def meet(self, run: Run, integration_ids: Sequence[str], *, anew: bool) -> int:
        sets = self._transaction.tables.run_sets
        met = frozenset() if anew else sets.get(run.run_id, frozenset())
        sets[run.run_id] = met | set(integration_ids)
        return len(sets[run.run_id])

    def closing(self, run: Run, now: datetime, limit: int) -> Sequence[str]:
        tables = self._transaction.tables
        return sorted(
            case_id
            for (firm_id, case_id), case in tables.cases.items()
            if firm_id == run.firm_id
            and not case.closed
            and case.closes_at is not None
            and case.closes_at <= now
            and (run.run_id, case_id) not in tables.results
        )[:limit]

    def unseen(self, run: Run, limit: int) -> Sequence[str]:
        tables = self._transaction.tables
        return sorted(
            case_id
            for (firm_id, case_id), case in tables.cases.items()
            if firm_id == run.firm_id and not case.closed and (run.run_id, case_id) not in tables.results
        )[:limit]

    def _store(self, run_id: int, results: Sequence[CaseResult]) -> None:
        rows = self._transaction.tables.results
        for result in results:
            key = (run_id, result.integration_id)
            if key not in rows or rows[key].outcome is Outcome.UNCHANGED:
                rows[key] = result

    def _with_client(self, firm_id: str, result: CaseResult) -> CaseResult:
        case = self._transaction.tables.cases.get((firm_id, result.integration_id))
        if result.client or case is None:
            return result
        return replace(result, client=f"{case.client.first_name} {case.client.last_name}".strip())
