"""Look at a firm's pages as the firm sees them: nothing can be changed, and the firm's log tells of it."""

from core.actor import Actor
from core.audit import AuditAction
from core.ports.unit_of_work import UnitsOfWork
from core.usecases.steps.known_firm import known_firm


class LookAsFirm:
    """Begins a look. Who looks is `Actor.as_onlooker` of whoever began it, at each request anew."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, actor: Actor, firm_id: str) -> Actor:
        """Return who looks. Raises NotAllowedError for a firm's own people, UnknownFirmError."""
        onlooker = actor.as_onlooker(firm_id)
        with self._units_of_work(actor) as uow:
            known_firm(uow, actor, firm_id)
            uow.audit.record(actor, firm_id, AuditAction.FIRM_LOOKED_AT)
            uow.commit()
        return onlooker
