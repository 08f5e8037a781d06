"""End a firm's move: hand it over, take it over, or call it off.

First the old cell hands over, for good, and tells a code; with that code the new one takes over. So at no
time is the firm alive in both, and as long as nobody was told the code it can stay where it was.
"""

from dataclasses import replace

from core.actor import SYSTEM, Actor, Power
from core.audit import AuditAction
from core.errors import ConfigurationError, FirmMovedError
from core.firm import ConnectionState
from core.move import Move, MoveState
from core.ports.connections import Connections
from core.ports.moves import FirmFiles
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.reason import Reason
from core.usecases.replay_events import ReplayEvents


class SettleMove:
    """For people who manage all firms; each raises NotAllowedError to all others.

    Each raises FirmMovedError (MOVE_UNDER_WAY) where the firm's move does not stand as it must.
    """

    def __init__(
        self, units_of_work: UnitsOfWork, connections: Connections, files: FirmFiles, replay: ReplayEvents
    ) -> None:
        self._units_of_work = units_of_work
        self._replay = replay
        self._connections = connections
        self._files = files

    def hand_over(self, actor: Actor, firm_id: str) -> str:
        """Let the firm go, and return the code with which the new cell takes it over; again when repeated.

        From then on it cannot be called off. Its secrets are removed here; the rest stays to be looked at
        until the firm is deleted. Raises FirmMovedError (FIRM_AT_WORK) where no file of it is written.
        """
        _must_move(actor)
        with self._units_of_work(actor) as uow:
            move = _standing(uow, firm_id, MoveState.LEAVING, MoveState.LEFT)
            if move.state is MoveState.LEAVING:
                if not move.code:
                    raise FirmMovedError(
                        f"firm {firm_id!r} was not written to its file whole: no cell could take it over",
                        reason=Reason.FIRM_AT_WORK,
                        firm_id=firm_id,
                    )
                uow.moves.put(replace(move, state=MoveState.LEFT))
                uow.firms.set_connection(firm_id, ConnectionState.DISCONNECTED)
                uow.audit.record(actor, firm_id, AuditAction.FIRM_HANDED_OVER)
                uow.commit()
        with self._connections.locked(firm_id) as locked:
            if locked.read() is not None:
                locked.forget()
        return move.code

    def take_over(self, actor: Actor, firm_id: str, code: str) -> None:
        """Let the firm live here: what waits for it goes on within a second.

        It is in the pause in which it was before it left, where that lasts. Raises ConfigurationError for
        another code than the old cell told. Repeated, it does nothing.
        """
        _must_move(actor)
        with self._units_of_work(actor) as uow:
            move = _standing(uow, firm_id, MoveState.ARRIVED, MoveState.HERE)
            if not move.is_opened_by(code):
                raise ConfigurationError(
                    f"this code does not open firm {firm_id!r}", reason=Reason.CODE_WRONG, firm_id=firm_id
                )
            if move.state is MoveState.HERE:
                return
            uow.moves.put(replace(move, state=MoveState.HERE, before=None))
            _go_on(uow, move)
            uow.audit.record(actor, firm_id, AuditAction.FIRM_TAKEN_OVER)
            uow.commit()

    def call_off(self, actor: Actor, firm_id: str) -> MoveState:
        """End the move: in the old cell the firm goes on, in the new one all of it is removed.

        What came for it meanwhile in the old cell is taken in. Return where it stood. Raises FirmMovedError
        in the old cell once it has handed the firm over.
        """
        _must_move(actor)
        with self._units_of_work(actor) as uow:
            move = _standing(uow, firm_id, MoveState.LEAVING, MoveState.ARRIVED)
            if move.state is MoveState.LEAVING:
                uow.moves.forget(firm_id)
                _go_on(uow, move)
                uow.audit.record(actor, firm_id, AuditAction.MOVE_CALLED_OFF)
                uow.commit()
        if move.state is MoveState.LEAVING:
            self._replay(actor, reason=Reason.FIRM_MOVED)
            return move.state
        self._files.drop(firm_id)
        with self._units_of_work(SYSTEM) as uow:
            uow.audit.record(actor, firm_id, AuditAction.MOVE_CALLED_OFF)
            uow.commit()
        return move.state


def _must_move(actor: Actor) -> None:
    actor.must_everywhere(Power.MANAGE)
    actor.must_be_no_program()


def _standing(uow: UnitOfWork, firm_id: str, *states: MoveState) -> Move:
    """Return the firm's move, locked, if it stands so. Raises FirmMovedError."""
    uow.moves.lock(firm_id)
    move = uow.moves.get(firm_id)
    if move is None or move.state not in states:
        stands = "it is not being moved" if move is None else f"its move stands at {move.state.value!r}"
        raise FirmMovedError(f"firm {firm_id!r}: {stands}", reason=Reason.MOVE_UNDER_WAY, firm_id=firm_id)
    return move


def _go_on(uow: UnitOfWork, move: Move) -> None:
    """Let the firm be as it was before the move began."""
    before = move.before
    if before is not None and before.by:
        uow.firms.pause_by_hand(move.firm_id, before.until, before.by, before.why)
    else:  # what its SmartAdvocate asks for it asks for again
        uow.firms.resume(move.firm_id)
    uow.deliveries.release_resolved_holds()
