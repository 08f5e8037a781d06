"""The outbox in memory."""

import json
from collections.abc import Sequence
from uuid import UUID

from adapters.postgres.outbox.envelope import envelope
from core.announced import Announced
from core.announcement import Announcement
from core.outbox_row import OutboxRow
from core.ports.outbox import Outbox
from tests.fakes.transaction import Transaction


class FakeOutbox(Outbox):
    """Keeps announcements, in order, until a relay marks them published."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def announce(self, announcements: Sequence[Announcement]) -> None:
        for announcement in announcements:
            row_id = self._transaction.next_id()
            event = envelope(announcement, UUID(int=row_id), self._transaction.now())
            body = json.dumps(event).encode()
            kind, now = announcement.kind.value, self._transaction.now()
            self._transaction.tables.outbox[row_id] = OutboxRow(row_id, None, kind, body)
            self._transaction.tables.announced[row_id] = Announced(
                row_id, None, announcement.firm_id, kind, announcement.subject, event, now, None
            )
