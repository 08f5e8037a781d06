"""Results of verifications and probes in memory."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.ports.probe_results import ProbeKind, ProbeResult
from tests.fakes.transaction import Transaction


class FakeProbeResults:
    """Results by number."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, firm_id: str, kind: ProbeKind, document: Mapping[str, Any], *, passed: bool) -> int:
        """Keep a document and return its number."""
        number, at = self._transaction.next_id(), self._transaction.now()
        result = ProbeResult(number, firm_id, kind, passed, at, dict(document))
        self._transaction.tables.probe_results[number] = result
        return number

    def get(self, number: int) -> ProbeResult | None:
        """Return the result, or None."""
        return self._transaction.tables.probe_results.get(number)

    def list(self, firm_id: str, kind: ProbeKind, limit: int = 20) -> Sequence[ProbeResult]:
        """Return results, newest first."""
        rows = reversed(self._transaction.tables.probe_results.values())
        return [row for row in rows if (row.firm_id, row.kind) == (firm_id, kind)][:limit]
