"""Bulk operations in Postgres."""

from collections.abc import Sequence
from typing import Final

from psycopg.types.json import Jsonb

from adapters.postgres.store.actors import firms_of
from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.statements import Statements
from core.actor import ALL_FIRMS, Reach
from core.bulk import STOPPABLE, BulkKind, BulkOperation, BulkState
from core.delivery_selection import Bounds, Selection
from core.ports.bulk import BulkOperations

_SQL: Final = Statements.beside(__file__)
_WORDS: Final = {
    "counted_state": BulkState.COUNTED.value,
    "confirmed": BulkState.CONFIRMED.value,
    "running": BulkState.RUNNING.value,
    "done_state": BulkState.DONE.value,
    "cancelled": BulkState.CANCELLED.value,
    "stoppable": [state.value for state in STOPPABLE],
}
_NONE_IS_AS_NEW: Final = 2**63 - 1


class PostgresBulk(BulkOperations):
    """See `core.ports.bulk.BulkOperations`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def bounds(self) -> Bounds:
        [row] = self._session.rows(_SQL["bounds"])
        return Bounds(*row)

    def add(self, by: str, kind: BulkKind, firms: Reach, selection: Selection, counted: int) -> BulkOperation:
        self._session.run(_SQL["forget"], _WORDS)
        new = {"kind": kind.value, "firm_ids": firms_of(firms), "selection": Jsonb(selection.to_data())}
        [row] = self._session.rows(_SQL["add"], {**new, "counted": counted, "by": by})
        return _operation(row)

    def get(self, bulk_id: int) -> BulkOperation | None:
        row = self._session.row(_SQL["get"], {"bulk_id": bulk_id})
        return _operation(row) if row else None

    def list(self, firms: Reach, limit: int, *, before: int | None = None) -> Sequence[BulkOperation]:
        before = _NONE_IS_AS_NEW if before is None else before
        asked = {**_WORDS, "firms": firms_of(firms), "limit": limit, "before": before}
        return [_operation(row) for row in self._session.rows(_SQL["list"], asked)]

    def confirm(self, bulk_id: int, by: str, why: str) -> bool:
        said = {**_WORDS, "bulk_id": bulk_id, "by": by, "why": why}
        return self._session.run(_SQL["confirm"], said) > 0

    def cancel(self, bulk_id: int, by: str) -> bool:
        return self._session.run(_SQL["cancel"], {**_WORDS, "bulk_id": bulk_id, "by": by}) > 0

    def take(self) -> BulkOperation | None:
        row = self._session.row(_SQL["take"])
        return _operation(row) if row else None

    def advance(self, bulk_id: int, done: int, after: int | None) -> None:
        self._session.run(_SQL["advance"], {**_WORDS, "bulk_id": bulk_id, "done": done, "after": after})

    def is_any_left(self) -> bool:
        [[is_any_left]] = self._session.rows(_SQL["is_any_left"])
        return bool(is_any_left)


def _operation(row: Row) -> BulkOperation:
    bulk_id, kind, firm_ids, selection, state, *others = row
    return BulkOperation(
        bulk_id,
        BulkKind(kind),
        ALL_FIRMS if firm_ids is None else frozenset(firm_ids),
        Selection.from_data(selection),
        BulkState(state),
        *others,
    )
