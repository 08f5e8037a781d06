"""Cases in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from core.case import Case
from core.changes import FieldChange
from core.ports.cases import Cases, PastChange
from tests.fakes.transaction import Transaction


class FakeCases(Cases):
    """Cases by (firm id, integration id)."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, firm_id: str) -> None:
        _ = self._transaction.tables

    def get(self, firm_id: str, integration_ids: Sequence[str]) -> dict[str, Case]:
        rows = self._transaction.tables.cases
        return {case_id: rows[firm_id, case_id] for case_id in integration_ids if (firm_id, case_id) in rows}

    def existing(self, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        return set(keys) & self._transaction.tables.cases.keys()

    def number(self, firm_id: str) -> int:
        return sum(firm == firm_id for firm, _ in self._transaction.tables.cases)

    def some(self, firm_id: str, limit: int) -> Sequence[tuple[str, str]]:
        rows = [case for (firm, _), case in self._transaction.tables.cases.items() if firm == firm_id]
        rows.sort(key=lambda case: case.modified_at.timestamp() if case.modified_at else 0, reverse=True)
        return [(case.integration_id, case.readable_id) for case in rows[:limit]]

    def save(self, firm_id: str, cases: Sequence[Case]) -> None:
        rows = self._transaction.tables.cases
        for case in cases:
            known = rows.get((firm_id, case.integration_id))
            times, now = self._transaction.tables.case_times, self._transaction.now()
            times[firm_id, case.integration_id] = (times.get((firm_id, case.integration_id), (now,))[0], now)
            rows[firm_id, case.integration_id] = replace(case, client=known.client) if known else case

    def record_changes(self, firm_id: str, run_id: int, changes: Sequence[FieldChange]) -> None:
        for change in changes:
            past = PastChange(run_id, self._transaction.now(), change)
            self._transaction.tables.case_changes[self._transaction.next_id()] = (firm_id, past)

    def changes(self, firm_id: str, integration_id: str, limit: int = 50) -> Sequence[PastChange]:
        rows = reversed(self._transaction.tables.case_changes.values())
        return [
            past for firm, past in rows if firm == firm_id and past.change.integration_id == integration_id
        ][:limit]
