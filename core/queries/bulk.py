"""Bulk operations: what was asked for, by whom and why, how far each has come, and with what result."""

from collections.abc import Sequence

from core.actor import Actor, Power
from core.bulk import BulkOperation
from core.ports.unit_of_work import UnitsOfWork
from core.usecases.steps.known_bulk import known_bulk


class BulkQueries:
    """Looks at operations all of whose firms are the actor's."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def all(self, actor: Actor, limit: int, before: int | None) -> Sequence[BulkOperation]:
        """Return those that were confirmed, newest first, below the number `before`.

        Raises NotAllowedError.
        """
        firms = actor.within(Power.LOOK, None)
        with self._units_of_work(actor) as uow:
            return uow.bulk.list(firms, limit, before=before)

    def get(self, actor: Actor, bulk_id: int) -> BulkOperation:
        """Return one, counted ones too. Raises UnknownThingError, for another firm's too."""
        with self._units_of_work(actor) as uow:
            return known_bulk(uow, actor, bulk_id, Power.LOOK)
