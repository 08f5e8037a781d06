"""Where the moves of firms between cells stand."""

from collections.abc import Sequence
from dataclasses import replace

from core.actor import Actor, Power
from core.move import Move
from core.ports.unit_of_work import UnitsOfWork


class MoveQueries:
    """Looks at moves."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def all(self, actor: Actor) -> Sequence[Move]:
        """Return the last moves of the actor's firms, without what opens them. Raises NotAllowedError."""
        actor.must_anywhere(Power.LOOK)
        with self._units_of_work(actor) as uow:
            return [replace(move, code="", digest=b"") for move in uow.moves.all(actor.firms)]
