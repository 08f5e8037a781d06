"""Say who at a firm gets letters, and about what."""

from typing import Final

from core.actor import Actor, Power
from core.audit import AuditAction
from core.errors import PermanentError, UnknownThingError
from core.letter import LetterKind, NewLetter, Recipient, mail_address
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork
from core.reason import Reason
from core.thing import Thing
from core.usecases.steps.known_firm import must_be_known

MOST: Final = 50


class SetRecipient:
    """Adds, changes and removes recipients of a firm's letters. Raises NotAllowedError, UnknownFirmError."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock, *, has_mail: bool) -> None:
        self._units_of_work = units_of_work
        self._clock = clock
        self._has_mail = has_mail

    def __call__(
        self, actor: Actor, firm_id: str, address: str, *, problems: bool, exceptions: bool
    ) -> Recipient:
        """Let the address get these letters. Raises PermanentError for no address, and one too many."""
        actor.must(Power.CHANGE, firm_id)
        recipient = Recipient(firm_id, mail_address(address, firm_id=firm_id), problems, exceptions)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            others = [
                r for r in uow.letters.recipients(frozenset({firm_id})) if r.address != recipient.address
            ]
            if len(others) >= MOST:
                raise PermanentError(
                    f"firm {firm_id!r} has {MOST} recipients already",
                    reason=Reason.TOO_MANY_RECIPIENTS,
                    firm_id=firm_id,
                    limit=str(MOST),
                )
            uow.letters.save_recipient(recipient)
            detail = {"problems": problems, "exceptions": exceptions}
            uow.audit.record(
                actor, firm_id, AuditAction.RECIPIENT_SET, {"address": recipient.address, **detail}
            )
            uow.commit()
        return recipient

    def remove(self, actor: Actor, firm_id: str, address: str) -> None:
        """Let the address get no more letters. Raises UnknownThingError where it gets none."""
        actor.must(Power.CHANGE, firm_id)
        address = mail_address(address, firm_id=firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            if not uow.letters.remove_recipient(firm_id, address):
                known = [r.address for r in uow.letters.recipients(frozenset({firm_id}))]
                raise UnknownThingError(
                    f"firm {firm_id!r} sends no letters to {address}",
                    firm_id=firm_id,
                    asked=address,
                    known=known,
                    thing=Thing.RECIPIENT,
                )
            uow.audit.record(actor, firm_id, AuditAction.RECIPIENT_REMOVED, {"address": address})
            uow.commit()

    def try_out(self, actor: Actor, firm_id: str, address: str) -> None:
        """Send a letter that says that it has arrived. Raises PermanentError, UnknownThingError."""
        actor.must(Power.CHANGE, firm_id)
        address = mail_address(address, firm_id=firm_id)
        if not self._has_mail:
            raise PermanentError(
                "this installation has no mail server set: nothing can be sent",
                reason=Reason.MAIL_NOT_SET,
                firm_id=firm_id,
            )
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            known = [r.address for r in uow.letters.recipients(frozenset({firm_id}))]
            if address not in known:
                raise UnknownThingError(
                    f"firm {firm_id!r} sends no letters to {address}",
                    firm_id=firm_id,
                    asked=address,
                    known=known,
                    thing=Thing.RECIPIENT,
                )
            minute = f"{self._clock.now():%Y-%m-%dT%H:%M}"  # pressed twice, it comes once
            uow.letters.write(NewLetter(firm_id, address, LetterKind.TRIAL, minute))
            uow.commit()
