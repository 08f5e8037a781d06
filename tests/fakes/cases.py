"""Cases in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from core.case import Case
from tests.fakes.transaction import Transaction


class FakeCases:
    """Cases by (firm id, integration id)."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, firm_id: str, integration_ids: Sequence[str]) -> dict[str, Case]:
        """Return those that are stored."""
        rows = self._transaction.tables.cases
        return {case_id: rows[firm_id, case_id] for case_id in integration_ids if (firm_id, case_id) in rows}

    def existing(self, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return those that are stored."""
        return set(keys) & self._transaction.tables.cases.keys()

    def save(self, firm_id: str, cases: Sequence[Case]) -> None:
        """Insert or replace all but the client."""
        rows = self._transaction.tables.cases
        for case in cases:
            known = rows.get((firm_id, case.integration_id))
            rows[firm_id, case.integration_id] = replace(case, client=known.client) if known else case
