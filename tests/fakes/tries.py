"""Tries in memory."""

from collections.abc import Collection, Sequence

from core.ports.tries import SET_ASIDE_FOR, TRIES, Thing, Tries
from tests.fakes.transaction import Transaction


class FakeTries(Tries):
    """How often, and when last, by (firm, thing, key)."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def failed(self, firm_id: str, thing: Thing, keys: Collection[str]) -> bool:
        rows, now = self._transaction.tables.tries, self._transaction.now()
        for key in keys:
            rows[firm_id, thing, key] = (rows.get((firm_id, thing, key), (0, now))[0] + 1, now)
        return any(rows[firm_id, thing, key][0] >= TRIES for key in keys)

    def went_well(self, firm_id: str, thing: Thing, keys: Collection[str]) -> None:
        for key in keys:
            self._transaction.tables.tries.pop((firm_id, thing, key), None)

    def set_aside(self, firm_id: str, thing: Thing, keys: Sequence[str]) -> set[str]:
        rows, since = self._transaction.tables.tries, self._transaction.now() - SET_ASIDE_FOR
        found = {key: rows.get((firm_id, thing, key), (0, since)) for key in keys}
        return {key for key, (times, last_at) in found.items() if times >= TRIES and last_at > since}

    def give_all_a_try(self, firm_id: str) -> int:
        rows = self._transaction.tables.tries
        of_firm = {key: times for key, (times, _) in rows.items() if key[0] == firm_id}
        for key in of_firm:
            del rows[key]
        return sum(times >= TRIES for times in of_firm.values())
