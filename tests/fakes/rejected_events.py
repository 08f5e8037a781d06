"""Events that were set aside, in memory."""

from collections.abc import Sequence
from dataclasses import replace

from core.ports.rejected_events import RejectedBody, RejectedSummary
from tests.fakes.transaction import Transaction


class FakeRejectedEvents:
    """What `FakeInbox.set_aside` keeps."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, limit: int, *, with_replayed: bool = False) -> Sequence[RejectedSummary]:
        """Newest first."""
        tables = self._transaction.tables
        rows = [
            RejectedSummary(
                event_id,
                event.channel,
                event.reason,
                event.detail,
                event.size,
                event.body is not None,
                tables.rejected_at[event_id],
                tables.replayed_at.get(event_id),
            )
            for event_id, event in sorted(tables.rejected.items(), reverse=True)
            if with_replayed or event_id not in tables.replayed_at
        ]
        return rows[:limit]

    def replayable(
        self, *, after: int, limit: int, event_ids: Sequence[int] | None = None
    ) -> Sequence[RejectedBody]:
        """By number."""
        tables = self._transaction.tables
        return [
            RejectedBody(event_id, event.channel, event.body)
            for event_id, event in sorted(tables.rejected.items())
            if event.body is not None
            and event_id > after
            and event_id not in tables.replayed_at
            and (event_ids is None or event_id in event_ids)
        ][:limit]

    def mark_replayed(self, event_id: int) -> None:
        """Remember when."""
        self._transaction.tables.replayed_at[event_id] = self._transaction.now()

    def explain(self, event_id: int, reason: str, detail: str) -> None:
        """Replace the reason."""
        rejected = self._transaction.tables.rejected
        rejected[event_id] = replace(rejected[event_id], reason=reason, detail=detail)
