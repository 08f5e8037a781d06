"""Delete a firm with everything that is kept of it."""

from typing import Final

from core.actor import SYSTEM, Actor, Power
from core.audit import AuditAction
from core.firm import ConnectionState
from core.ports.unit_of_work import UnitsOfWork
from core.reason import Reason
from core.run import RunState
from core.usecases.steps.end_run import announce_end
from core.usecases.steps.known_firm import known_firm

_ENDED: Final = frozenset({ConnectionState.DISCONNECTED, ConnectionState.NOT_CONNECTED})


class DeleteFirm:
    """Deletes a disconnected firm. The audit log stays, and says who did it."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, actor: Actor, firm_id: str) -> None:
        """Delete it. Raises NotAllowedError, UnknownFirmError; ConfigurationError unless disconnected."""
        actor.must(Power.MANAGE, firm_id)
        with self._units_of_work(actor) as uow:
            is_ended = known_firm(uow, actor, firm_id).connection in _ENDED
        if is_ended:  # first: a firm that is added under this id later is nobody's whose access is left over
            self._forget_access(firm_id)
        with self._units_of_work(actor) as uow:
            run = uow.runs.open(firm_id)
            counts = dict(uow.runs.counts(run.run_id)) if run is not None else {}
            uow.firms.delete(firm_id)
            if run is not None:  # afterwards, or the announcement would go with the firm
                words = "the firm was deleted"
                announce_end(uow, run, RunState.CANCELLED, Reason.CANCELLED, words, counts)
            uow.audit.record(actor, firm_id, AuditAction.FIRM_DELETED)
            uow.commit()

    def _forget_access(self, firm_id: str) -> None:
        with self._units_of_work(SYSTEM) as uow:
            uow.sessions.forget_firm(firm_id)
            uow.people.forget_firm(firm_id)
            uow.api_keys.forget_firm(firm_id)
            uow.commit()
