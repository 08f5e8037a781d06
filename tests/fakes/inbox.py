"""The inbox in memory."""

from collections.abc import Sequence

from core.event import UpstreamEvent
from core.ports.inbox import Recorded, RejectedEvent
from tests.fakes.transaction import Transaction


class FakeInbox:
    """Remembers the digest of each message and document."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def record(self, events: Sequence[UpstreamEvent]) -> list[Recorded]:
        """Record each; earlier events of the same call count."""
        return [self._record(event) for event in events]

    def set_aside(self, events: Sequence[RejectedEvent]) -> None:
        """Keep them."""
        for event in events:
            event_id = self._transaction.next_id()
            self._transaction.tables.rejected[event_id] = event
            self._transaction.tables.rejected_at[event_id] = self._transaction.now()

    def _record(self, event: UpstreamEvent) -> Recorded:
        key = (event.firm_id, event.kind, event.subject_id)
        known = self._transaction.tables.inbox.setdefault(key, "")
        if not known:
            self._transaction.tables.inbox[key] = event.digest
            return Recorded.NEW
        return Recorded.REPEATED if known == event.digest else Recorded.CONTRADICTS
