"""Port: what verifications and probes of permissions came to, as documents that can be shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class ProbeKind(StrEnum):
    """What was tried."""

    VERIFICATION = "verification"
    PERMISSIONS = "permissions"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """A stored document; `at` is UTC."""

    number: int
    firm_id: str
    kind: ProbeKind
    passed: bool
    at: datetime
    document: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"ProbeResult({self.number}, {self.firm_id!r}, {self.kind}, passed={self.passed})"


class ProbeResults(Protocol):
    """Results are added and never changed."""

    def add(self, firm_id: str, kind: ProbeKind, document: Mapping[str, Any], *, passed: bool) -> int:
        """Keep a JSON-ready document and return its number."""
        ...

    def get(self, number: int) -> ProbeResult | None:
        """Return the result, or None."""
        ...

    def list(self, firm_id: str, kind: ProbeKind, limit: int = 20) -> Sequence[ProbeResult]:
        """Return results, newest first."""
        ...
