"""A bulk operation that somebody names by its number."""

from core.actor import Actor, Powers
from core.bulk import BulkOperation
from core.errors import UnknownThingError
from core.ports.unit_of_work import UnitOfWork
from core.thing import Thing


def known_bulk(uow: UnitOfWork, actor: Actor, bulk_id: int, power: Powers) -> BulkOperation:
    """Return it. Raises UnknownThingError where it is not there or not the actor's; NotAllowedError."""
    operation = uow.bulk.get(bulk_id)
    if operation is None or not operation.is_of(actor):
        raise UnknownThingError(f"there is no bulk operation {bulk_id}", thing=Thing.BULK)
    actor.must_for_all_of(power, operation.firms)
    return operation
