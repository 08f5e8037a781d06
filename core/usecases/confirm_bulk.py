"""Confirm a bulk operation that was counted: from now on it is worked off."""

from core.actor import GOES_ON, SYSTEM, Actor
from core.audit import AuditAction
from core.bulk import POWER_FOR, BulkOperation
from core.job import OF_NO_FIRM
from core.ports.unit_of_work import UnitsOfWork
from core.schedule import JobName
from core.usecases.steps.bulk_audit import bulk_as_logged, decided_before, record_for_each
from core.usecases.steps.known_bulk import known_bulk
from core.usecases.steps.written_reason import written_reason


class ConfirmBulk:
    """Who confirms says why: it stands in the audit log, and of what is given up in its timeline."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, actor: Actor, bulk_id: int, why: str) -> BulkOperation:
        """Return it, confirmed. Raises UnknownThingError, NotAllowedError.

        Raises ConfigurationError without a reason, or for one that was decided before.
        """
        why = written_reason(why)
        with self._units_of_work(actor) as uow:
            operation = known_bulk(uow, actor, bulk_id, GOES_ON)
            known_bulk(uow, actor, bulk_id, POWER_FOR[operation.kind])
            if not uow.bulk.confirm(bulk_id, actor.name, why):
                raise decided_before(operation)
            detail = {**bulk_as_logged(operation), "deliveries": operation.counted, "why": why}
            record_for_each(uow, actor, operation, AuditAction.BULK_CONFIRMED, detail)
            confirmed = known_bulk(uow, actor, bulk_id, GOES_ON)
            uow.commit()
        # No firm's job: only casebridge itself may ask for it. Cut short here, the scheduler does.
        with self._units_of_work(SYSTEM) as uow:
            uow.jobs.enqueue(JobName.BULK_OPERATIONS, [OF_NO_FIRM])
            uow.commit()
        return confirmed
