"""Count what a bulk operation would touch, and keep that as the operation to be confirmed."""

from dataclasses import replace

from core.actor import Actor
from core.bulk import POWER_FOR, BulkKind, BulkOperation
from core.delivery_selection import Selection
from core.ports.unit_of_work import UnitsOfWork
from core.usecases.steps.known_deliveries import must_name_what_is_there


class CountBulk:
    """Nothing is changed but that the count is kept. What comes later is no part of it."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, actor: Actor, kind: BulkKind, selection: Selection) -> BulkOperation:
        """Return the operation, counted.

        Raises NotAllowedError for firms that are not the actor's, and for giving up by anybody but
        operators and implementation managers; UnknownThingError or UnknownFirmError where what
        is named is not there.
        """
        firms = actor.within(POWER_FOR[kind], selection.firm_id)
        with self._units_of_work(actor) as uow:
            must_name_what_is_there(uow, actor, selection)
            bounded = replace(selection, bounds=uow.bulk.bounds())
            wanted = bounded.replayable() if kind is BulkKind.REPLAY else bounded.discardable()
            counted = uow.deliveries.count(firms, wanted) if wanted.states else 0
            operation = uow.bulk.add(actor.name, kind, firms, wanted, counted)
            uow.commit()
        return operation
