"""The inbox in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from core.actor import Reach, covers
from core.event import UpstreamEvent
from core.ports.inbox import (
    Inbox,
    Recorded,
    RejectedBody,
    RejectedEvent,
    RejectedGroup,
    RejectedSummary,
)
from core.reason import Reason
from core.retention import Remembered
from tests.fakes.transaction import Transaction


class FakeInbox(Inbox):
    """Remembers the digest of each message and document, and what was set aside."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def record(self, events: Sequence[UpstreamEvent]) -> list[Recorded]:
        return [self._record(event) for event in events]

    def remembered(self, firms: Reach, name: str, limit: int) -> Sequence[Remembered]:
        found = [
            row
            for row in self._transaction.tables.remembered.values()
            if covers(firms, frozenset({row.firm_id})) and name in (row.subject_id, row.stored_id)
        ]
        return sorted(found, key=lambda row: -row.delivery_id)[:limit]

    def set_aside(self, events: Sequence[RejectedEvent]) -> None:
        for event in events:
            event_id = self._transaction.next_id()
            self._transaction.tables.rejected[event_id] = event
            self._transaction.tables.rejected_at[event_id] = self._transaction.now()

    def rejected(
        self,
        limit: int,
        *,
        with_replayed: bool = False,
        before: int | None = None,
        reason: Reason | None = None,
    ) -> Sequence[RejectedSummary]:
        return [
            row
            for row in self._rows()
            if (with_replayed or _is_undecided(row))
            and (before is None or row.event_id < before)
            and reason in {None, row.reason}
        ][:limit]

    def rejected_groups(self) -> Sequence[RejectedGroup]:
        groups: dict[tuple[str, Reason], list[RejectedSummary]] = {}
        for row in self._undecided(None, None, None):
            groups.setdefault((row.channel, row.reason), []).append(row)
        found = [
            RejectedGroup(
                channel,
                reason,
                len(rows),
                sum(row.replayable for row in rows),
                min(row.received_at for row in rows),
                max(row.received_at for row in rows),
                max(row.event_id for row in rows),
            )
            for (channel, reason), rows in groups.items()
        ]
        return sorted(found, key=lambda group: (-group.number, group.channel, group.reason))

    def discard(
        self,
        why: str,
        *,
        event_ids: Sequence[int] | None,
        reason: Reason | None,
        newest: int | None,
        limit: int,
    ) -> Sequence[int]:
        tables = self._transaction.tables
        rows = sorted(self._undecided(event_ids, reason, newest), key=lambda row: row.event_id)[:limit]
        for row in rows:
            tables.discarded[row.event_id] = (self._transaction.now(), why)
            tables.rejected[row.event_id] = replace(tables.rejected[row.event_id], body=None)
        return [row.event_id for row in rows]

    def replayable(
        self,
        *,
        after: int,
        limit: int,
        event_ids: Sequence[int] | None = None,
        reason: Reason | None = None,
        newest: int | None = None,
    ) -> Sequence[RejectedBody]:
        bodies = self._transaction.tables.rejected
        return [
            RejectedBody(row.event_id, row.channel, body)
            for row in reversed(self._undecided(event_ids, reason, newest))
            if (body := bodies[row.event_id].body) is not None and row.event_id > after
        ][:limit]

    def _rows(self) -> list[RejectedSummary]:
        tables, nobody = self._transaction.tables, (None, None)
        return [
            RejectedSummary(
                event_id,
                event.channel,
                event.reason,
                event.detail,
                event.size,
                event.body is not None,
                tables.rejected_at[event_id],
                tables.replayed_at.get(event_id),
                *tables.discarded.get(event_id, nobody),
            )
            for event_id, event in sorted(tables.rejected.items(), reverse=True)
        ]

    def rejected_one(self, event_id: int) -> RejectedSummary | None:
        everything = self.rejected(len(self._transaction.tables.rejected), with_replayed=True)
        return next((row for row in everything if row.event_id == event_id), None)

    def _undecided(
        self, event_ids: Sequence[int] | None, reason: Reason | None, newest: int | None
    ) -> list[RejectedSummary]:
        return [
            row
            for row in self._rows()
            if _is_undecided(row)
            and (event_ids is None or row.event_id in event_ids)
            and reason in {None, row.reason}
            and (newest is None or row.event_id <= newest)
        ]

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
            self._transaction.tables.inbox_times[key] = self._transaction.now()
            return Recorded.NEW
        return Recorded.REPEATED if known == event.digest else Recorded.CONTRADICTS


def _is_undecided(row: RejectedSummary) -> bool:
    return row.replayed_at is None and row.discarded_at is None
