"""Lift a firm's pause: somebody knows that its SmartAdvocate may be called again.

What was set aside after tries that failed has its turn at once, too.
"""

from core.actor import GOES_ON, Actor, Power
from core.audit import AuditAction
from core.errors import UnknownFirmError
from core.issue import IssueKind
from core.pause import Pause
from core.ports.connections import Connections
from core.ports.unit_of_work import UnitsOfWork
from core.usecases.steps.on_the_move import must_not_be_on_the_move


class ResumeFirm:
    """What waits for the firm goes on within a second. Its SmartAdvocate may ask for another at once."""

    def __init__(self, units_of_work: UnitsOfWork, connections: Connections) -> None:
        self._units_of_work = units_of_work
        self._connections = connections

    def __call__(self, actor: Actor, firm_id: str) -> Pause | None:
        """Return the pause that was lifted, None where there was none.

        Raises NotAllowedError, UnknownFirmError, FirmMovedError. A person's pause is lifted by who may pause
        the firm.
        """
        actor.must(GOES_ON, firm_id)
        self._connections.lift_pause(firm_id)  # first: what goes on may need a token at once
        with self._units_of_work(actor) as uow:
            firm = uow.firms.get(firm_id)
            if firm is None:
                raise UnknownFirmError(f"there is no firm {firm_id!r}", firm_id=firm_id)
            must_not_be_on_the_move(uow, firm_id)
            if firm.pause_by:
                actor.must(Power.OPERATE, firm_id)  # as for pausing it
            again = uow.tries.give_all_a_try(firm_id)
            uow.outbox.give_all_a_try(firm_id)
            if not uow.firms.resume(firm_id) or firm.paused_until is None:
                if again:
                    uow.audit.record(actor, firm_id, AuditAction.FIRM_RESUMED, {"set_aside": again})
                uow.commit()
                return None
            uow.issues.resolve(firm_id, IssueKind.PAUSE_SHORTENED)
            detail = {"until": firm.paused_until.isoformat(), "set_aside": again}
            uow.audit.record(actor, firm_id, AuditAction.FIRM_RESUMED, detail)
            uow.commit()
        return Pause(firm.paused_until, firm.pause_asked, firm.pause_call, firm.pause_by, firm.pause_why)
