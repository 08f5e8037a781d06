"""Port: the audit log."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from core.actor import Actor
from core.audit import AuditAction, AuditEntry


class Audit(Protocol):
    """Entries are added in the transaction of the change they tell of, and never changed."""

    def record(
        self,
        actor: Actor,
        firm_id: str | None,
        action: AuditAction,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Add an entry."""
        ...

    def list(self, firm_id: str | None = None, limit: int = 50) -> Sequence[AuditEntry]:
        """Return entries, newest first; of one firm or of all."""
        ...
