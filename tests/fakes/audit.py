"""The audit log in memory."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.actor import Actor, Reach
from core.audit import CHANGES_NO_FIRM, AuditAction, AuditEntry
from core.move import moved
from core.ports.audit import Audit
from tests.fakes.reach import within
from tests.fakes.transaction import Transaction


class FakeAudit(Audit):
    """Entries by number."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def record(
        self, actor: Actor, firm_id: str | None, action: AuditAction, detail: Mapping[str, Any] | None = None
    ) -> None:
        move = self._transaction.tables.moves.get(firm_id or "")
        if move is not None and move.is_away and action not in CHANGES_NO_FIRM:
            raise moved(firm_id)
        number = self._transaction.next_id()
        entry = AuditEntry(self._transaction.now(), actor, firm_id, action, dict(detail or {}), number)
        self._transaction.tables.audit[number] = entry

    def list(self, firms: Reach, limit: int = 50, *, before: int | None = None) -> Sequence[AuditEntry]:
        rows = reversed(self._transaction.tables.audit.values())
        return [
            entry
            for entry in rows
            if within(firms, entry.firm_id) and (before is None or entry.number < before)
        ][:limit]
