"""Announce something once more: who was away, or lost it, gets the same event with the same id."""

from core.actor import Actor, Power
from core.announced import Announced
from core.audit import AuditAction
from core.errors import PermanentError
from core.ports.unit_of_work import UnitsOfWork
from core.reason import Reason
from core.usecases.steps.known_announcement import known_announcement


class SendAgain:
    """Puts an announcement back among those that wait for the relay."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, actor: Actor, announcement_id: int) -> Announced:
        """Let it be published again and return it; one that waits for that already is not put there twice.

        Raises NotAllowedError, UnknownThingError, and PermanentError for one whose text has been removed.
        """
        with self._units_of_work(actor) as uow:
            told = known_announcement(uow, actor, announcement_id, Power.CHANGE)
            if not told.has_text:
                raise PermanentError(
                    f"announcement {announcement_id}: its text was removed, a day after it was announced",
                    reason=Reason.TEXT_PURGED,
                    firm_id=told.firm_id,
                    case_id=told.subject or None,
                )
            if uow.outbox.send_again(announcement_id):
                detail = {"announcement": announcement_id, "kind": told.kind, "case": told.subject}
                uow.audit.record(actor, told.firm_id, AuditAction.ANNOUNCED_AGAIN, detail)
                uow.commit()
        return told
