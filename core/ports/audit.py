"""Port: what people changed, when and as whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from core.actor import Actor


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change by a person. `at` is UTC; `detail` is JSON-ready and holds no secret and no client data."""

    at: datetime
    actor: Actor
    firm_id: str | None
    action: str
    detail: Mapping[str, Any] = field(default_factory=dict)


class Audit(Protocol):
    """Entries are added in the transaction of the change they tell of, and never changed."""

    def record(
        self, actor: Actor, firm_id: str | None, action: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Add an entry. `action` is a short, stable word, such as `firm-connected`."""
        ...

    def list(self, firm_id: str | None = None, limit: int = 50) -> Sequence[AuditEntry]:
        """Return entries, newest first; of one firm or of all."""
        ...
