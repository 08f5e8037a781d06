"""The outbox in memory."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from core.actor import Reach
from core.announced import Announced
from core.announcement import Announcement
from core.outbox_row import OutboxRow
from core.ports.outbox import Outbox
from core.ports.tries import TRIES
from tests.fakes.reach import within
from tests.fakes.transaction import Transaction


class FakeOutbox(Outbox):
    """Announcements by number. What waits for the relay stands among its rows as well."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def announce(self, announcements: Sequence[Announcement]) -> None:
        for announcement in announcements:
            row_id = self._transaction.next_id()
            event = announcement.event(UUID(int=row_id), self._transaction.now())
            body = json.dumps(event).encode()
            kind, now = announcement.kind.value, self._transaction.now()
            self._transaction.tables.outbox[row_id] = OutboxRow(row_id, None, kind, body)
            self._transaction.tables.announced[row_id] = Announced(
                row_id, None, announcement.firm_id, kind, announcement.subject, event, now, None
            )

    def behind(self, firms: Reach, place: int, limit: int) -> Sequence[Announced]:
        return [told for told in self._placed(firms) if (told.place or 0) > place][:limit]

    def last_place(self, firms: Reach) -> int:
        return max((told.place or 0 for told in self._placed(firms)), default=0)

    def newest(
        self,
        firms: Reach,
        *,
        before: int | None = None,
        kind: str | None = None,
        subject: str | None = None,
        limit: int,
    ) -> Sequence[Announced]:
        return [
            told
            for told in reversed(self._placed(firms))
            if (before is None or (told.place or 0) < before)
            and kind in {None, told.kind}
            and subject in {None, told.subject}
        ][:limit]

    def get(self, number: int) -> Announced | None:
        return self._transaction.tables.announced.get(number)

    def send_again(self, number: int) -> bool:
        tables = self._transaction.tables
        told = tables.announced.get(number)
        if told is None or told.published_at is None:
            return False
        tables.announced[number] = replace(told, place=None, published_at=None)
        tables.outbox[number] = OutboxRow(number, None, told.kind, json.dumps(told.event).encode())
        return True

    def give_all_a_try(self, firm_id: str) -> None:
        tables = self._transaction.tables
        for row_id, (times, _) in [*tables.outbox_tries.items()]:
            row = tables.outbox[row_id]
            owner = tables.jobs.get(int(row.body)) if row.kind is None else tables.announced[row_id]
            if owner is not None and owner.firm_id == firm_id:
                tables.outbox_tries[row_id] = (times if row.kind is not None and times >= TRIES else 0, None)

    def remove_texts(self, after: timedelta, limit: int) -> int:
        tables, now = self._transaction.tables, self._transaction.now()
        old = [
            told
            for told in self._placed_or_not()
            if told.kind == "message-written"
            and told.has_text
            and told.published_at is not None
            and told.published_at < now - after
        ][:limit]
        for told in old:
            event = {**told.event, "data": {**told.event["data"], "text": None}}
            tables.announced[told.number] = replace(told, event=event, has_text=False)
        return len(old)

    def _placed_or_not(self) -> list[Announced]:
        return list(self._transaction.tables.announced.values())

    def _placed(self, firms: Reach) -> list[Announced]:
        rows = [told for told in self._placed_or_not() if told.place is not None]
        return sorted((t for t in rows if within(firms, t.firm_id)), key=lambda told: told.place or 0)


def published(
    announced: dict[int, Announced], numbers: set[int], next_place: Callable[[], int], now: datetime
) -> None:
    """Give those of the numbers that are announcements their places, in order."""
    for number in sorted(numbers & announced.keys()):
        announced[number] = replace(announced[number], place=next_place(), published_at=now)
