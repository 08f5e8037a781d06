"""Bulk operations in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from core.actor import AllFirms, Reach
from core.bulk import AT_WORK, STOPPABLE, BulkKind, BulkOperation, BulkState
from core.delivery_selection import Bounds, Selection
from core.ports.bulk import BulkOperations
from tests.fakes.transaction import Transaction


class FakeBulk(BulkOperations):
    """Operations by number; `bulk_touched` holds when each was worked on last."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def bounds(self) -> Bounds:
        newest = self._transaction.next_id()  # one sequence numbers deliveries and attempts
        return Bounds(newest, newest)

    def add(self, by: str, kind: BulkKind, firms: Reach, selection: Selection, counted: int) -> BulkOperation:
        tables, now = self._transaction.tables, self._transaction.now()
        for operation in list(tables.bulk.values()):
            if operation.state is BulkState.COUNTED and operation.counted_at < now - timedelta(days=1):
                del tables.bulk[operation.bulk_id]
        bulk_id = self._transaction.next_id()
        tables.bulk_touched[bulk_id] = now
        new = BulkOperation(bulk_id, kind, firms, selection, BulkState.COUNTED, counted, by, now)
        tables.bulk[bulk_id] = new
        return new

    def get(self, bulk_id: int) -> BulkOperation | None:
        return self._transaction.tables.bulk.get(bulk_id)

    def list(self, firms: Reach, limit: int, *, before: int | None = None) -> Sequence[BulkOperation]:
        found = [
            operation
            for operation in sorted(self._transaction.tables.bulk.values(), key=lambda o: -o.bulk_id)
            if operation.confirmed_at is not None
            and (before is None or operation.bulk_id < before)
            and _within(operation.firms, firms)
        ]
        return found[:limit]

    def confirm(self, bulk_id: int, by: str, why: str) -> bool:
        now = self._transaction.now()
        return self._change(
            bulk_id,
            (BulkState.COUNTED,),
            state=BulkState.CONFIRMED,
            confirmed_by=by,
            confirmed_at=now,
            why=why,
        )

    def cancel(self, bulk_id: int, by: str) -> bool:
        now = self._transaction.now()
        return self._change(bulk_id, STOPPABLE, state=BulkState.CANCELLED, ended_by=by, ended_at=now)

    def take(self) -> BulkOperation | None:
        tables = self._transaction.tables
        at_work = [operation for operation in tables.bulk.values() if operation.state in AT_WORK]
        return min(at_work, key=lambda o: (tables.bulk_touched[o.bulk_id], o.bulk_id), default=None)

    def advance(self, bulk_id: int, done: int, after: int | None) -> None:
        operation = self._transaction.tables.bulk[bulk_id]
        if after is None:
            now = self._transaction.now()
            ended = {"state": BulkState.DONE, "ended_at": now}
        else:
            ended = {"state": BulkState.RUNNING, "after": after}
        self._change(bulk_id, AT_WORK, done=operation.done + done, **ended)

    def is_any_left(self) -> bool:
        tables, now = self._transaction.tables, self._transaction.now()
        return any(
            operation.state in AT_WORK and tables.bulk_touched[operation.bulk_id] < now - timedelta(minutes=1)
            for operation in tables.bulk.values()
        )

    def _change(self, bulk_id: int, states: Sequence[BulkState], **changes: object) -> bool:
        tables = self._transaction.tables
        operation = tables.bulk.get(bulk_id)
        if operation is None or operation.state not in states:
            return False
        tables.bulk[bulk_id] = replace(operation, **changes)  # type: ignore[arg-type]  # fields by name
        tables.bulk_touched[bulk_id] = self._transaction.now()
        return True


def _within(firms: Reach, others: Reach) -> bool:
    if isinstance(others, AllFirms):
        return True
    return not isinstance(firms, AllFirms) and firms <= others
