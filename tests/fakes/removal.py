"""What has served its purpose goes, in memory."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from core.delivery import DeliveryState
from core.issue import IssueKind
from core.ports.removal import Removal
from core.retention import Growing, Mark, Remembered, RemovalState, Removed, Retention
from core.run import OVER_A_WINDOW, Run, RunState
from tests.fakes.tables import DeliveryRow, Tables
from tests.fakes.transaction import Transaction

Key = TypeVar("Key")
Value = TypeVar("Value")
_ABOUT_DELIVERIES = (IssueKind.CONTRADICTING_EVENT, IssueKind.DELIVERY_FAILED, IssueKind.WRITTEN_TWICE)
_BEFORE_ALL = Mark(datetime(1970, 1, 1, tzinfo=UTC), 0)


class FakeRemoval(Removal):
    """Walks the tables from old to new. Transactions here wait for each other, so everybody may begin."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def begin(self, what: Growing) -> bool:
        return True

    def remove(self, what: Growing, keep: timedelta, limit: int, after: Mark | None = None) -> Removed:
        tables, before = self._transaction.tables, self._transaction.now() - keep
        deliveries = {Growing.DELIVERED: DeliveryState.DELIVERED, Growing.FAILED: DeliveryState.FAILED}
        if what in deliveries:
            return self._deliveries(deliveries[what], before, limit, after)
        if what is Growing.RUNS:
            return self._runs(before, limit, after)
        if what is Growing.PROBE_RESULTS:
            newest = {(row.firm_id, row.kind): number for number, row in sorted(tables.probe_results.items())}
            times = {number: row.at for number, row in tables.probe_results.items()}
            kept = set(newest.values())
            return _walk(times, before, limit, after, tables.probe_results.pop, lambda n: n not in kept)
        if what is Growing.REJECTED_EVENTS:
            bodies = tables.rejected
            times = {n: at for n, at in tables.rejected_at.items() if bodies[n].body is None}
            return _walk(times, before, limit, after, self._reject)
        if what is Growing.CASE_CHANGES:
            times = {number: past.at for number, (_, past) in tables.case_changes.items()}
            return _walk(times, before, limit, after, tables.case_changes.pop)
        if what is Growing.AUDIT_LOG:
            times = {number: entry.at for number, entry in tables.audit.items()}
            return _walk(times, before, limit, after, tables.audit.pop)
        if what is Growing.BULK_OPERATIONS:
            times = {n: one.ended_at for n, one in tables.bulk.items() if one.ended_at is not None}
            return _walk(times, before, limit, after, tables.bulk.pop)
        if what is Growing.ISSUES:
            return Removed(0, is_over=True)  # those that are over are not kept here
        return _all(self._old(tables, what, before), limit)

    def note(self, what: Growing, keep: timedelta, removed: Removed) -> None:
        rows, now = self._transaction.tables.removals, self._transaction.now()
        reached, ended, number = rows.get(what.value, (None, None, 0))
        at = now - keep if removed.is_over else removed.mark.at if removed.mark else None
        reached = max((one for one in (reached, at) if one is not None), default=None)
        rows[what.value] = (reached, now if removed.is_over else ended, number + removed.number)

    def states(self, retention: Retention) -> Sequence[RemovalState]:
        now = self._transaction.now()
        return [
            RemovalState(
                name,
                keep := retention.of(Growing(name)),
                timedelta(0) if reached is None else max(now - keep - reached, timedelta(0)),
                ended,
                number,
            )
            for name, (reached, ended, number) in sorted(self._transaction.tables.removals.items())
        ]

    def _deliveries(self, state: DeliveryState, before: datetime, limit: int, after: Mark | None) -> Removed:
        rows = self._transaction.tables.deliveries
        times = {
            row.delivery_id: at
            for row in rows.values()
            if row.state is state
            and row.purged_at is not None
            and (row.doubtful_since is None or state is DeliveryState.DELIVERED)
            and (at := row.ended_at if state is DeliveryState.DELIVERED else row.created_at) is not None
        }
        return _walk(times, before, limit, after, self._remember, self._may_go)

    def _may_go(self, delivery_id: int) -> bool:
        tables = self._transaction.tables
        row = tables.deliveries[delivery_id]
        named = (f"{row.lane[1].value}:{row.subject_id}", str(delivery_id), row.reason)
        is_told_of = any(
            (row.lane[0], kind, key) in tables.issues for kind in _ABOUT_DELIVERIES for key in named
        )
        return not is_told_of and all(stray != delivery_id for stray, _ in tables.strays)

    def _remember(self, delivery_id: int) -> DeliveryRow:
        tables = self._transaction.tables
        row = tables.deliveries.pop(delivery_id)
        firm_id, kind, case_id = row.lane
        told = [n for n, (of, _) in tables.timelines.items() if of == delivery_id]
        tried = [tables.timelines.pop(n)[1].ended_at for n in told]
        key = (firm_id, kind, row.subject_id)
        ended_at = (
            row.ended_at if row.state is DeliveryState.DELIVERED else max(tried, default=row.created_at)
        )
        assert ended_at is not None
        tables.remembered[key] = Remembered(
            firm_id,
            kind,
            row.subject_id,
            case_id,
            delivery_id,
            row.state,
            tables.inbox_times[key],
            ended_at,
            row.stored_id,
        )
        return row

    def _runs(self, before: datetime, limit: int, after: Mark | None) -> Removed:
        tables = self._transaction.tables
        newest: dict[str, int] = {}
        good: dict[str, int] = {}
        for number, run in sorted(tables.runs.items()):
            newest[run.firm_id] = number
            if run.state is RunState.FINISHED and run.trigger in OVER_A_WINDOW:
                good[run.firm_id] = number
        kept = {*newest.values(), *good.values(), *(run_id for run_id, _ in tables.wanted_results)}
        ended = {
            n: run.ended_at
            for n, run in tables.runs.items()
            if run.state is not RunState.WAITING and run.ended_at is not None
        }

        def forget(number: int) -> Run:
            for key in [key for key in tables.results if key[0] == number]:
                del tables.results[key]
            return tables.runs.pop(number)

        return _walk(ended, before, limit, after, forget, lambda n: n not in kept)

    def _reject(self, number: int) -> object:
        tables = self._transaction.tables
        tables.rejected_at.pop(number)
        tables.replayed_at.pop(number, None)
        tables.discarded.pop(number, None)
        return tables.rejected.pop(number)

    @staticmethod
    def _old(tables: Tables, what: Growing, before: datetime) -> Sequence[Callable[[], object]]:
        """Return what removes each row of this that is old enough."""
        if what is Growing.EXCEPTION_REPORTS:
            days = [key for key in tables.exception_reports if key[1] < before.date()]
            return _going(tables.exception_reports, days)
        if what is Growing.ISSUE_MUTES:
            return _going(tables.mutes, [key for key, until in tables.mutes.items() if until < before])
        if what is Growing.TRIES:
            return _going(tables.tries, [key for key, (_, at) in tables.tries.items() if at < before])
        if what is Growing.SESSIONS:
            ended = [key for key, row in tables.sessions.items() if row.session.ends_at < before]
            return _going(tables.sessions, ended)
        if what is Growing.OUTBOX:
            out = tables.announced
            return _going(
                out, [n for n, one in out.items() if one.published_at and one.published_at < before]
            )
        raise ValueError(f"{what} has a port of its own")


def _going(rows: dict[Key, Value], keys: Iterable[Key]) -> list[Callable[[], object]]:
    return [partial(rows.pop, key) for key in keys]


def _walk(
    times: dict[int, datetime],
    before: datetime,
    limit: int,
    after: Mark | None,
    forget: Callable[[int], object],
    may_go: Callable[[int], bool] = lambda _: True,
) -> Removed:
    begin = after or _BEFORE_ALL
    rows = sorted((Mark(at, number) for number, at in times.items()), key=_place)
    old = [row for row in rows if row.at < before and _place(row) > _place(begin)][:limit]
    going = [row.number for row in old if may_go(row.number)]
    for number in going:
        forget(number)
    return Removed(len(going), len(old) < limit, old[-1] if old else after)


def _all(old: Sequence[Callable[[], object]], limit: int) -> Removed:
    for forget in old[:limit]:
        forget()
    return Removed(len(old[:limit]), len(old) < limit)


def _place(mark: Mark) -> tuple[datetime, int]:
    return (mark.at, mark.number)
