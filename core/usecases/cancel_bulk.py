"""Cancel a bulk operation: no further batch is begun, and what it has done stays."""

from core.actor import GOES_ON, Actor
from core.audit import AuditAction
from core.bulk import BulkOperation, BulkState
from core.ports.unit_of_work import UnitsOfWork
from core.usecases.steps.bulk_audit import bulk_as_logged, decided_before, record_for_each
from core.usecases.steps.known_bulk import known_bulk


class CancelBulk:
    """For whoever may replay: stopping does no harm."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, actor: Actor, bulk_id: int) -> BulkOperation:
        """Return it, cancelled. Raises as `ConfirmBulk`; ConfigurationError if it is over."""
        with self._units_of_work(actor) as uow:
            operation = known_bulk(uow, actor, bulk_id, GOES_ON)
            if not uow.bulk.cancel(bulk_id, actor.name):
                raise decided_before(operation)
            ended = known_bulk(uow, actor, bulk_id, GOES_ON)
            if operation.state is not BulkState.COUNTED:  # it was nobody's business before
                detail = {**bulk_as_logged(ended), "deliveries": ended.done}
                record_for_each(uow, actor, ended, AuditAction.BULK_CANCELLED, detail)
            uow.commit()
        return ended
