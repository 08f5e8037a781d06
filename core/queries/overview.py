"""Firms by how much they need somebody."""

from collections.abc import Sequence

from core.actor import Actor, Power
from core.overview import Behind, FirmAtAGlance, FirmOrder
from core.ports.unit_of_work import UnitsOfWork


class FirmOverview:
    """Looks at the actor's firms, a page at a time."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(
        self, actor: Actor, order: FirmOrder, limit: int, behind: Behind | None, words: str
    ) -> Sequence[FirmAtAGlance]:
        """Return up to `limit`, those first that need somebody most. Raises NotAllowedError."""
        firms = actor.within(Power.LOOK, None)
        with self._units_of_work(actor) as uow:
            return uow.firms.at_a_glance(firms, order, limit, behind=behind, words=words)
