"""Add a firm, or replace its settings."""

from core.actor import Actor, Power
from core.firm import Firm
from core.issue import IssueKind
from core.ports.unit_of_work import UnitsOfWork


class AddFirm:
    """Stores a firm. Messages that came before it wait no longer for the firm."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, actor: Actor, firm: Firm) -> None:
        """Add the firm or replace its settings. Raises NotAllowedError."""
        actor.must(Power.CHANGE, firm.firm_id)
        with self._units_of_work(actor) as uow:
            uow.firms.save(firm)
            uow.issues.resolve(firm.firm_id, IssueKind.NOTE_TYPE_UNKNOWN)  # opened again where it still holds
            uow.deliveries.release_resolved_holds()
            uow.commit()
