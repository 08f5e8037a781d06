"""Delete a firm with everything that is kept of it."""

from core.actor import Actor, Power
from core.audit import AuditAction
from core.ports.unit_of_work import UnitsOfWork
from core.reason import Reason
from core.run import RunState
from core.usecases.steps.end_run import announce_end
from core.usecases.steps.known_firm import must_be_known


class DeleteFirm:
    """Deletes a disconnected firm. The audit log stays, and says who did it."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, actor: Actor, firm_id: str) -> None:
        """Delete it. Raises NotAllowedError, UnknownFirmError; ConfigurationError unless disconnected."""
        actor.must(Power.MANAGE, firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            run = uow.runs.open(firm_id)
            counts = dict(uow.runs.counts(run.run_id)) if run is not None else {}
            uow.firms.delete(firm_id)
            if run is not None:  # afterwards, or the announcement would go with the firm
                words = "the firm was deleted"
                announce_end(uow, run, RunState.CANCELLED, Reason.CANCELLED, words, counts)
            uow.audit.record(actor, firm_id, AuditAction.FIRM_DELETED)
            uow.commit()
