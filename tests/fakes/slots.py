"""Schedule slots in memory."""

from datetime import datetime

from core.schedule import NIGHTLY, JobName
from tests.fakes.transaction import Transaction


class FakeSlots:
    """Slots by (job, instant)."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def open(self, name: JobName, due_at: datetime) -> None:
        """Note the slot; the first one ever of a nightly job is done already."""
        rows = self._transaction.tables.slots
        first_ever = all(job is not name for job, _ in rows)
        rows.setdefault((name, due_at), first_ever and name in NIGHTLY)

    def claim(self, name: JobName) -> datetime | None:
        """Return the newest open slot; it and all older ones are done."""
        rows = self._transaction.tables.slots
        newest = max((due for (job, due), done in rows.items() if job is name and not done), default=None)
        if newest is not None:
            for job, due in rows:
                if job is name and due <= newest:
                    rows[job, due] = True
        return newest
