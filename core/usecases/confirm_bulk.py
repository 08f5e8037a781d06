"""Confirm a bulk operation that was counted: from now on it is worked off."""

from typing import Any

from core.actor import GOES_ON, SYSTEM, Actor, AllFirms
from core.audit import AuditAction
from core.bulk import LONGEST_WHY, POWER_FOR, BulkOperation
from core.errors import ConfigurationError
from core.job import OF_NO_FIRM
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.reason import Reason
from core.schedule import JobName
from core.storable import storable
from core.usecases.steps.known_bulk import known_bulk


class ConfirmBulk:
    """Who confirms says why: it stands in the audit log, and of what is given up in its timeline."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, actor: Actor, bulk_id: int, why: str) -> BulkOperation:
        """Return it, confirmed. Raises UnknownThingError, NotAllowedError.

        Raises ConfigurationError without a reason, or for one that was decided before.
        """
        why = said(why)
        with self._units_of_work(actor) as uow:
            operation = known_bulk(uow, actor, bulk_id, GOES_ON)
            known_bulk(uow, actor, bulk_id, POWER_FOR[operation.kind])
            if not uow.bulk.confirm(bulk_id, actor.name, why):
                raise decided_before(operation)
            detail = {**logged(operation), "deliveries": operation.counted, "why": why}
            record_for_each(uow, actor, operation, AuditAction.BULK_CONFIRMED, detail)
            confirmed = known_bulk(uow, actor, bulk_id, GOES_ON)
            uow.commit()
        # No firm's job: only casebridge itself may ask for it. Cut short here, the scheduler does.
        with self._units_of_work(SYSTEM) as uow:
            uow.jobs.enqueue(JobName.BULK_OPERATIONS, [OF_NO_FIRM])
            uow.commit()
        return confirmed


def said(why: str) -> str:
    """Return the reason that a person gave, on one line. Raises ConfigurationError without one."""
    why = storable(" ".join(why.split()))
    if not why or len(why) > LONGEST_WHY:
        raise ConfigurationError(
            f"a reason of 1 to {LONGEST_WHY} characters is needed, and {len(why)} came",
            limit=str(LONGEST_WHY),
        )
    return why


def decided_before(operation: BulkOperation) -> ConfigurationError:
    """Return the error."""
    return ConfigurationError(
        f"bulk operation {operation.bulk_id} is {operation.state}", reason=Reason.ALREADY_DECIDED
    )


def logged(operation: BulkOperation) -> dict[str, Any]:
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
