"""The relay's side of the outbox in memory."""

import itertools
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from core.outbox_row import OutboxRow
from core.ports.outbox import OutboxReader
from tests.fakes.announcements import published

if TYPE_CHECKING:
    from tests.fakes.store import FakeStore


class FakeOutboxWindow:
    """Rows, and which of them are published."""

    def __init__(self, rows: Sequence[OutboxRow]) -> None:
        self.rows = rows
        self.published: set[int] = set()

    def mark_published(self, row_ids: Collection[int]) -> None:
        """Remember until the window closes."""
        self.published.update(row_ids)


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
            window = FakeOutboxWindow(tuple(itertools.islice(self._store.outbox(), limit)))
            yield window
            self._forget(window.published)
        finally:
            self._store.relay_at_work.release()

    def wait(self, timeout_s: float) -> bool:
        store = self._store
        with store.outbox_grew:
            seen = self._seen
            if seen is None:
                seen = store.added_to_outbox - bool(store.outbox())
            woken = store.outbox_grew.wait_for(lambda: store.added_to_outbox > seen, timeout_s)
            self._seen = store.added_to_outbox
        return woken

    def purge_published(self, older_than: timedelta) -> int:
        return 0

    def _forget(self, row_ids: set[int]) -> None:
        if not row_ids:
            return
        self._store.begin()
        tables = self._store.tables.snapshot()
        for row_id in row_ids:
            tables.outbox.pop(row_id, None)
        published(tables.announced, row_ids, self._store.next_place, self._store.clock.now())
        self._store.end(tables)
