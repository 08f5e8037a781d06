"""Shapes of the audit log."""

from datetime import datetime
from typing import Any, Self

from pydantic import Field

from adapters.web.api.v1.schemas import Shape
from core.actor import Role
from core.audit import AuditEntry


class Entry(Shape):
    """A change; `action` is one of docs/reference.md."""

    at: datetime
    by: str
    role: Role
    firm_id: str | None
    action: str = Field(examples=["sync-started"])
    detail: dict[str, Any]

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        """Return the entry's."""
        by = entry.actor
        return cls(
            at=entry.at,
            by=by.name,
            role=by.role,
            firm_id=entry.firm_id,
            action=entry.action,
            detail=dict(entry.detail),
        )
