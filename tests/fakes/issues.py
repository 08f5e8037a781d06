"""Issues in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.actor import Reach
from core.issue import Issue, IssueKind
from core.ports.issues import LOOKED_AT_ONCE, Issues, Settled
from tests.fakes.reach import within
from tests.fakes.transaction import Transaction


class FakeIssues(Issues):
    """Open issues by (firm, kind, key), in the order in which they were opened."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def open(self, firm_id: str, kind: IssueKind, key: str, message: str) -> None:
        rows, now = self._transaction.tables.issues, self._transaction.now()
        known = rows.get((firm_id, kind, key))
        if known is None:
            numbers = self._transaction.tables.issue_numbers
            numbers[firm_id, kind, key] = max(numbers.values(), default=0) + 1
        rows[firm_id, kind, key] = (
            replace(known, message=message, last_seen_at=now, times=known.times + 1)
            if known
            else Issue(firm_id, kind, key, message, now, now, 1)
        )

    def resolve(self, firm_id: str, kind: IssueKind, key: str | None = None) -> int:
        rows = self._transaction.tables.issues
        matching = [row for row in rows if row[:2] == (firm_id, kind) and key in (None, row[2])]
        for row in matching:
            del rows[row]
        return len(matching)

    def resolve_settled(
        self, firm_id: str | None = None, *, after: int = 0, limit: int = LOOKED_AT_ONCE
    ) -> Settled:
        tables, about = self._transaction.tables, {"delivery_held": "held", "delivery_failed": "failed"}
        left = {(row.lane[0], f"delivery_{row.state}", row.reason) for row in tables.deliveries.values()}
        tried = {(row.lane[0], row.probe_of) for row in tables.deliveries.values()}
        numbers = tables.issue_numbers
        looked_at = [
            key
            for key in tables.issues
            if key[1] in about and firm_id in (None, key[0]) and numbers[key] > after
        ][:limit]
        settled = [key for key in looked_at if key not in left and (key[0], key[2]) not in tried]
        for key in settled:
            del tables.issues[key]
        return Settled(len(settled), numbers[looked_at[-1]] if len(looked_at) == limit else None)

    def list_open(
        self, firms: Reach, *, with_muted: bool = False, after: int = 0, limit: int | None = None
    ) -> Sequence[Issue]:
        numbers = self._transaction.tables.issue_numbers
        issues = [
            replace(issue, muted_until=self._muted_until(issue), number=numbers[key])
            for key, issue in self._transaction.tables.issues.items()
            if within(firms, issue.firm_id) and numbers[key] > after
        ]
        shown = [issue for issue in issues if with_muted or issue.muted_until is None]
        return sorted(shown, key=lambda issue: issue.number)[:limit]

    def mute(self, firm_id: str, kind: IssueKind, key: str | None, until: datetime) -> None:
        self._transaction.tables.mutes[firm_id, kind, key or ""] = until

    def muted(self, firm_id: str, kind: IssueKind) -> list[str | None]:
        mutes, now = self._transaction.tables.mutes.items(), self._transaction.now()
        keys = [row[2] for row, until in mutes if row[:2] == (firm_id, kind) and until > now]
        return [key or None for key in sorted(keys)]

    def unmute(self, firm_id: str, kind: IssueKind, key: str | None) -> None:
        mutes = self._transaction.tables.mutes
        for row in [row for row in mutes if row[:2] == (firm_id, kind) and key in (None, row[2])]:
            del mutes[row]

    def _muted_until(self, issue: Issue) -> datetime | None:
        mutes, now = self._transaction.tables.mutes, self._transaction.now()
        untils = [mutes.get((issue.firm_id, issue.kind, key)) for key in ("", issue.key)]
        return max((until for until in untils if until is not None and until > now), default=None)
