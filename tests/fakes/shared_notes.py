"""Two-way messages in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.actor import Reach, covers
from core.delivery import DeliveryState
from core.event import EventKind
from core.firm import ConnectionState
from core.ports.shared_notes import SharedNotes, Watch, WatchedCase
from core.shared_note import SeenNote
from tests.fakes.tables import WatchedRow
from tests.fakes.transaction import Transaction


class FakeSharedNotes(SharedNotes):
    """Watched cases and seen notes by firm."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def firms_due(self) -> Sequence[str]:
        now = self._transaction.now()
        return sorted(
            firm.firm_id
            for firm in self._transaction.tables.firms.values()
            if firm.two_way
            and firm.connection is ConnectionState.CONNECTED
            and (firm.paused_until is None or firm.paused_until <= now)
        )

    def forget_switched_off(self) -> int:
        tables = self._transaction.tables
        off = [f for f in tables.two_way if f not in tables.firms or not tables.firms[f].two_way]
        for firm_id in off:
            del tables.two_way[firm_id]
            for key in [key for key in tables.watched if key[0] == firm_id]:
                del tables.watched[key]
        return len(off)

    def watch(self, firm_id: str, active_for: timedelta) -> Watch:
        tables, now = self._transaction.tables, self._transaction.now()
        since, before = tables.two_way.get(firm_id, (now, None))
        tables.two_way[firm_id] = (since, now)
        for key, case in tables.cases.items():
            if key[0] != firm_id:
                continue
            created_at, updated_at = tables.case_times[key]
            row = tables.watched.get(key)
            if row is None and not case.closed:
                tables.watched[key] = WatchedRow(max(since, created_at))
            elif row is not None and row.is_closed and not case.closed:
                anew = max(row.since, updated_at)
                tables.watched[key] = replace(row, is_closed=False, is_known=False, since=anew)
            elif row is not None and case.closed:
                tables.watched[key] = replace(row, is_closed=True)
        for delivery in tables.deliveries.values():
            firm, kind, case_id = delivery.lane
            done = delivery.state is DeliveryState.DELIVERED and kind is EventKind.MESSAGE_SENT
            if firm == firm_id and done and delivery.ended_at is not None:
                self._until(firm_id, case_id, delivery.ended_at + active_for)
        return Watch(now, before)

    def mark_active(self, firm_id: str, cases: Collection[str], active_for: timedelta) -> None:
        for case_id in cases:
            self._until(firm_id, case_id, self._transaction.now() + active_for)

    def next(self, firm_id: str, *, limit: int, unread_for: timedelta, active: bool) -> Sequence[WatchedCase]:
        now = self._transaction.now()
        turn = sorted(
            (row.read_at is not None, row.read_at or now, case_id, row)
            for (firm, case_id), row in self._transaction.tables.watched.items()
            if firm == firm_id
            and not row.is_closed
            and (row.read_at is None or row.read_at < now - unread_for)
            and (not active or (row.active_until is not None and row.active_until > now))
        )
        return [WatchedCase(case_id, row.since, row.is_known) for _, _, case_id, row in turn[:limit]]

    def mark_read(self, firm_id: str, integration_id: str, *, is_known: bool) -> None:
        key = (firm_id, integration_id)
        if row := self._transaction.tables.watched.get(key):
            known = row.is_known or is_known
            self._transaction.tables.watched[key] = replace(
                row, read_at=self._transaction.now(), is_known=known
            )

    def ours(self, firm_id: str, note_ids: Collection[str]) -> set[str]:
        stored = {
            row.stored_id
            for row in self._transaction.tables.deliveries.values()
            if row.lane[:2] == (firm_id, EventKind.MESSAGE_SENT)
        }
        stored |= {
            row.stored_id
            for (firm, kind, _), row in self._transaction.tables.remembered.items()
            if (firm, kind) == (firm_id, EventKind.MESSAGE_SENT)
        }
        return {note_id for note_id in note_ids if note_id in stored}

    def seen(self, firms: Reach, note_id: str, limit: int) -> Sequence[SeenNote]:
        rows = sorted(self._transaction.tables.seen_notes.items())
        found = [row for (_, known), row in rows if known == note_id]
        return [row for row in found if covers(firms, frozenset({row.firm_id}))][:limit]

    def remember(
        self, firm_id: str, integration_id: str, note_ids: Collection[str], *, announced: bool
    ) -> set[str]:
        seen = self._transaction.tables.seen_notes
        new = {note_id for note_id in note_ids if (firm_id, note_id) not in seen}
        now = self._transaction.now()
        seen |= {(firm_id, note): SeenNote(firm_id, note, integration_id, announced, now) for note in new}
        return new

    def _until(self, firm_id: str, case_id: str, until: datetime) -> None:
        key = (firm_id, case_id)
        row = self._transaction.tables.watched.get(key)
        if row is not None and not row.is_closed:
            later = until if row.active_until is None else max(until, row.active_until)
            self._transaction.tables.watched[key] = replace(row, active_until=later)
