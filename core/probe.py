"""What verifications and probes of permissions came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


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
