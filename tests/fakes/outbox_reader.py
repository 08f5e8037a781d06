"""The relay's side of the outbox in memory."""

import itertools
import json
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.issue import IssueKind
from core.outbox_row import OutboxRow
from core.ports.outbox import OutboxReader
from core.ports.tries import SET_ASIDE, SET_ASIDE_FOR, TRIES
from tests.fakes.issues import FakeIssues
from tests.fakes.outbox import published as put_in_order
from tests.fakes.transaction import Transaction

if TYPE_CHECKING:
    from tests.fakes.store import FakeStore

LOOK_EVERY_S = 0.25


class FakeOutboxWindow:
    """Rows, and which of them are published."""

    def __init__(self, rows: Sequence[OutboxRow]) -> None:
        self.rows = rows
        self.published: set[int] = set()
        self.failed: set[int] = set()

    def mark_published(self, row_ids: Collection[int]) -> None:
        """Remember until the window closes."""
        self.published.update(row_ids)

    def mark_failed(self, row_ids: Collection[int]) -> None:
        """Remember until the window closes."""
        self.failed.update(row_ids)


class FakeOutboxReader(OutboxReader):
    """One relay at a time sees rows."""

    def __init__(self, store: "FakeStore") -> None:
        self._store = store
        self._seen: int | None = None

    @contextmanager
    def window(self, limit: int) -> Iterator[FakeOutboxWindow]:
        if not self._store.relay_at_work.acquire(blocking=False):
            yield FakeOutboxWindow(())
            return
        try:
            window = FakeOutboxWindow(tuple(itertools.islice(self._waiting(), limit)))
            yield window
            self._forget(window.published, window.failed)
        finally:
            self._store.relay_at_work.release()

    def wait(self, timeout_s: float) -> bool:
        store = self._store
        with store.outbox_grew:
            seen = self._seen
            if seen is None:
                seen = store.added_to_outbox - bool(self._waiting())
            deadline, woken = time.monotonic() + timeout_s, False
            while not woken and (left_s := deadline - time.monotonic()) > 0:
                within_s = min(left_s, LOOK_EVERY_S)
                woken = store.outbox_grew.wait_for(lambda: store.added_to_outbox > seen, within_s)
            self._seen = store.added_to_outbox
        return woken

    def _waiting(self) -> list[OutboxRow]:
        now, tries = self._store.clock.now(), self._store.tables.outbox_tries
        return [row for row in self._store.outbox() if (tries.get(row.row_id, (0, None))[1] or now) <= now]

    def _forget(self, published: set[int], failed: set[int]) -> None:
        if not published and not failed:
            return
        transaction = Transaction(self._store)
        tables, issues = transaction.tables, FakeIssues(transaction)
        for row_id in published:
            row = tables.outbox.pop(row_id, None)
            times, _ = tables.outbox_tries.pop(row_id, (0, None))
            if row is not None and row.kind is not None and times >= TRIES:
                issues.resolve(_firm_of(row), IssueKind.ANNOUNCEMENT_NOT_OUT, str(row_id))
        put_in_order(tables.announced, published, self._store.next_place, self._store.clock.now())
        for row_id in failed:
            row, times = tables.outbox[row_id], tables.outbox_tries.get(row_id, (0, None))[0] + 1
            again_at = self._store.clock.now() + SET_ASIDE_FOR if times >= TRIES else None
            tables.outbox_tries[row_id] = (times, again_at)
            if again_at is not None and row.kind is not None:
                said = f"announcement {row_id} cannot be handed to the broker; {SET_ASIDE}"
                issues.open(_firm_of(row), IssueKind.ANNOUNCEMENT_NOT_OUT, str(row_id), said)
        transaction.commit()


def _firm_of(row: OutboxRow) -> str:
    firm_id: str = json.loads(row.body)["data"]["firm_id"]
    return firm_id
