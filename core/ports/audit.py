"""Port: the audit log."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from core.actor import Actor, Reach
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
        """Add an entry.

        Raises FirmMovedError for a firm that is away (`core.move`), but for CHANGES_NO_FIRM: as each change
        by a person has its entry, in its own transaction, none is made that the firm's new cell would miss.
        """
        ...

    def list(self, firms: Reach, limit: int = 50, *, before: int | None = None) -> Sequence[AuditEntry]:
        """Return these firms' entries, newest first; only those with a lower number than `before`.

        Those that concern no firm come with all firms only.
        """
        ...
