"""What the audit log keeps of a bulk operation, and the error of one that was decided before."""

from typing import Any

from core.actor import Actor, AllFirms
from core.audit import AuditAction
from core.bulk import BulkOperation
from core.errors import ConfigurationError
from core.ports.unit_of_work import UnitOfWork
from core.reason import Reason


def decided_before(operation: BulkOperation) -> ConfigurationError:
    """Return the error."""
    return ConfigurationError(
        f"bulk operation {operation.bulk_id} is {operation.state}", reason=Reason.ALREADY_DECIDED
    )


def bulk_as_logged(operation: BulkOperation) -> dict[str, Any]:
    """Return the operation as the audit log keeps it."""
    selection = operation.selection.to_data()
    for inner in ("has_text", "kept", "bounds"):
        selection.pop(inner, None)
    return {"operation": operation.bulk_id, "kind": operation.kind.value, **selection}


def record_for_each(
    uow: UnitOfWork, actor: Actor, operation: BulkOperation, action: AuditAction, detail: dict[str, Any]
) -> None:
    """Give each firm a line in the audit log; all firms have one together."""
    if isinstance(operation.firms, AllFirms):
        uow.audit.record(actor, None, action, detail)
        return
    for firm_id in sorted(operation.firms):
        uow.audit.record(actor, firm_id, action, detail)
