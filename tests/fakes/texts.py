"""Text that is kept for a while only, in memory."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from core.delivery import DeliveryState
from core.reason import Reason
from tests.fakes.tables import DeliveryRow
from tests.fakes.transaction import Transaction

PRIVATE = {"text", "sender_name", "attachments", "file_name", "uploaded_by", "content_url", "earlier_urls"}


class FakeTexts:
    """Removes text from rows: a part of `FakeDeliveries`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def purge_delivered(self, after: timedelta, limit: int) -> int:
        tables, now = self._transaction.tables, self._transaction.now()

        def due(row: DeliveryRow) -> bool:
            firm = tables.firms.get(row.lane[0])
            if firm is None or row.state is not DeliveryState.DELIVERED or row.ended_at is None:
                return False
            keep = after if firm.keep_text_days is None else timedelta(days=firm.keep_text_days)
            return row.ended_at < now - keep

        return self._purge(due, limit)

    def purge_failed(self, after: timedelta, limit: int) -> int:
        now = self._transaction.now()

        def due(row: DeliveryRow) -> bool:
            failed = row.state is DeliveryState.FAILED and row.created_at is not None
            return failed and row.created_at is not None and row.created_at < now - after

        return self._purge(due, limit, Reason.TEXT_PURGED)

    def _purge(self, due: Callable[[DeliveryRow], bool], limit: int, reason: Reason | None = None) -> int:
        rows, now = self._transaction.tables.deliveries, self._transaction.now()
        old = [row for row in rows.values() if row.purged_at is None and due(row)][:limit]
        for row in old:
            data = {key: value for key, value in row.data.items() if key not in PRIVATE}
            purged = replace(row, data=data, purged_at=now)
            if reason is not None:
                purged = replace(purged, reason=reason, detail=row.detail or row.reason)
            rows[row.delivery_id] = purged
        return len(old)
