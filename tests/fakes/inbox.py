"""The inbox in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from core.event import UpstreamEvent
from core.ports.inbox import Inbox, Recorded, RejectedBody, RejectedEvent, RejectedSummary
from core.reason import Reason
from tests.fakes.transaction import Transaction


class FakeInbox(Inbox):
    """Remembers the digest of each message and document, and what was set aside."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def record(self, events: Sequence[UpstreamEvent]) -> list[Recorded]:
        return [self._record(event) for event in events]

    def set_aside(self, events: Sequence[RejectedEvent]) -> None:
        for event in events:
            event_id = self._transaction.next_id()
            self._transaction.tables.rejected[event_id] = event
            self._transaction.tables.rejected_at[event_id] = self._transaction.now()

    def rejected(self, limit: int, *, with_replayed: bool = False) -> Sequence[RejectedSummary]:
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
        tables = self._transaction.tables
        return [
            RejectedBody(event_id, event.channel, event.body)
            for event_id, event in sorted(tables.rejected.items())
            if event.body is not None
            and event_id > after
            and event_id not in tables.replayed_at
            and (event_ids is None or event_id in event_ids)
        ][:limit]

    def set_aside_among(self, event_ids: Sequence[int]) -> set[int]:
        return set(event_ids) & self._transaction.tables.rejected.keys()

    def mark_replayed(self, event_id: int) -> None:
        self._transaction.tables.replayed_at[event_id] = self._transaction.now()

    def explain(self, event_id: int, reason: Reason, detail: str) -> None:
        rejected = self._transaction.tables.rejected
        rejected[event_id] = replace(rejected[event_id], reason=reason, detail=detail)

    def purge_rejected(self, after: timedelta, limit: int) -> int:
        tables, now = self._transaction.tables, self._transaction.now()
        old = [
            event_id
            for event_id, event in tables.rejected.items()
            if event.body is not None and tables.rejected_at[event_id] < now - after
        ][:limit]
        for event_id in old:
            tables.rejected[event_id] = replace(tables.rejected[event_id], body=None)
        return len(old)

    def _record(self, event: UpstreamEvent) -> Recorded:
        key = (event.firm_id, event.kind, event.subject_id)
        known = self._transaction.tables.inbox.setdefault(key, "")
        if not known:
            self._transaction.tables.inbox[key] = event.digest
            return Recorded.NEW
        return Recorded.REPEATED if known == event.digest else Recorded.CONTRADICTS
