"""A firm that is being moved rests until its move is ended, whatever anybody wishes meanwhile."""

from core.errors import FirmMovedError
from core.move import moved
from core.ports.unit_of_work import UnitOfWork
from core.reason import Reason


def must_not_be_on_the_move(uow: UnitOfWork, firm_id: str) -> None:
    """Raise FirmMovedError while the firm is being moved, and for one that has left."""
    move = uow.moves.get(firm_id)
    if move is not None and move.is_away:
        raise moved(firm_id)
    if move is not None and move.is_under_way:
        raise FirmMovedError(
            f"firm {firm_id!r} has come from another cell, which has not handed it over yet",
            reason=Reason.MOVE_UNDER_WAY,
            firm_id=firm_id,
        )
