"""Issues in memory."""

from collections.abc import Sequence
from dataclasses import replace

from core.ports.issues import Issue
from tests.fakes.transaction import Transaction


class FakeIssues:
    """Open issues by (firm, kind, key), in the order in which they were opened."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def open(self, firm_id: str, kind: str, key: str, message: str) -> None:
        """Open one, or count one more."""
        rows, now = self._transaction.tables.issues, self._transaction.now()
        known = rows.get((firm_id, kind, key))
        rows[firm_id, kind, key] = (
            replace(known, message=message, last_seen_at=now, times=known.times + 1)
            if known
            else Issue(firm_id, kind, key, message, now, now, 1)
        )

    def resolve(self, firm_id: str, kind: str, key: str | None = None) -> int:
        """Drop those that match."""
        rows = self._transaction.tables.issues
        matching = [row for row in rows if row[:2] == (firm_id, kind) and key in (None, row[2])]
        for row in matching:
            del rows[row]
        return len(matching)

    def list_open(self, firm_id: str | None = None) -> Sequence[Issue]:
        """Return open issues, oldest first."""
        return [
            issue for issue in self._transaction.tables.issues.values() if firm_id in (None, issue.firm_id)
        ]
