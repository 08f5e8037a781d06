"""The names that firms' SmartAdvocates use, in memory."""

from collections.abc import Sequence
from datetime import datetime

from core.firm_view import SourceName
from core.ports.source_names import SourceNames
from tests.fakes.transaction import Transaction


class FakeSourceNames(SourceNames):
    """Names by firm."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def replace(self, firm_id: str, names: Sequence[SourceName]) -> None:
        rows = self._transaction.tables.names
        for key in [key for key in rows if key[0] == firm_id]:
            del rows[key]
        for name in names:
            rows[firm_id, name.kind, name.name] = (name, self._transaction.now())

    def list(self, firm_id: str) -> Sequence[SourceName]:
        rows = self._transaction.tables.names.items()
        return [name for key, (name, _) in sorted(rows, key=lambda row: row[0]) if key[0] == firm_id]

    def read_at(self, firm_id: str) -> datetime | None:
        rows = self._transaction.tables.names.items()
        return max((at for key, (_, at) in rows if key[0] == firm_id), default=None)
