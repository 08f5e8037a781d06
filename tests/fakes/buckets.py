"""Buckets in memory."""

from datetime import timedelta

from core.ports.buckets import Buckets
from tests.fakes.transaction import Transaction


class FakeBuckets(Buckets):
    """When each bucket will be full, by who."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def take(self, who: str, per_s: float, at_once: int) -> float:
        rows, now = self._transaction.tables.sign_in_tries, self._transaction.now()
        one = timedelta(seconds=1 / per_s)
        full_at = max(rows.get(who, now), now) + one
        if full_at - now > one * at_once:
            return (full_at - now - one * at_once).total_seconds()
        rows[who] = full_at
        return 0.0

    def note(self, who: str, per_s: float, at_once: int, number: int) -> float:
        rows, now = self._transaction.tables.sign_in_tries, self._transaction.now()
        one = timedelta(seconds=1 / per_s)
        rows[who] = max(rows.get(who, now), now) + one * number
        return max(0.0, (rows[who] + one - one * at_once - now).total_seconds())
