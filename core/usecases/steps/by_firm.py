"""A line in the audit log for each firm that something is about; one without a firm where it is about all."""

from collections.abc import Mapping
from typing import Any

from core.actor import Actor, AllFirms, Reach
from core.audit import AuditAction
from core.ports.unit_of_work import UnitOfWork


def record_by_firm(
    uow: UnitOfWork, actor: Actor, firms: Reach, action: AuditAction, detail: Mapping[str, Any]
) -> None:
    """Record it, so that each firm's own log tells of it."""
    about: list[str | None] = [None] if isinstance(firms, AllFirms) else [*sorted(firms)]
    for firm_id in about:
        uow.audit.record(actor, firm_id, action, detail)
