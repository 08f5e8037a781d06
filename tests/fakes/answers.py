"""Kept answers in memory."""

from dataclasses import replace
from datetime import timedelta

from core.kept_answer import KeptAnswer
from core.ports.answers import Answers, KnownRequest
from tests.fakes.tables import AnswerRow
from tests.fakes.transaction import Transaction


class FakeAnswers(Answers):
    """Answers by (actor, key)."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def begin(
        self, who: str, key: str, fingerprint: bytes, *, lease: timedelta, kept: timedelta
    ) -> KnownRequest | None:
        rows, now = self._transaction.tables.answers, self._transaction.now()
        row = rows.get((who, key))
        is_over = row is not None and (
            row.taken_at < now - kept or (row.answer is None and row.lease_until < now)
        )
        if row is not None and not is_over:
            return KnownRequest(row.fingerprint, row.answer)
        rows[who, key] = AnswerRow(fingerprint, now, now + lease)
        return None

    def keep(self, who: str, key: str, answer: KeptAnswer) -> None:
        rows = self._transaction.tables.answers
        if (who, key) in rows:
            rows[who, key] = replace(rows[who, key], answer=answer)

    def forget(self, who: str, key: str) -> None:
        rows = self._transaction.tables.answers
        if (who, key) in rows and rows[who, key].answer is None:
            del rows[who, key]

    def purge(self, after: timedelta, limit: int) -> int:
        rows, now = self._transaction.tables.answers, self._transaction.now()
        old = [key for key, row in rows.items() if row.taken_at < now - after][:limit]
        for key in old:
            del rows[key]
        return len(old)
