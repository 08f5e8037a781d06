"""An announcement that somebody names by its number."""

from core.actor import Actor, Power
from core.announced import Announced
from core.errors import UnknownThingError
from core.ports.unit_of_work import UnitOfWork
from core.thing import Thing


def known_announcement(uow: UnitOfWork, actor: Actor, number: int, power: Power) -> Announced:
    """Return it. Raises UnknownThingError where it is not there or not the actor's; NotAllowedError."""
    actor.must_anywhere(power)
    told = uow.outbox.get(number)
    if told is None or not actor.reaches(told.firm_id):
        raise UnknownThingError(
            f"there is no announcement {number}, or it is kept no longer", thing=Thing.ANNOUNCEMENT
        )
    return told
