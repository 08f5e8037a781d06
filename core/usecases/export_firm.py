"""Write a firm to a file with everything that is kept of it, to be moved to another cell."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from core.actor import Actor, Power
from core.audit import AuditAction
from core.errors import FirmMovedError, TransientError
from core.move import RESTS, WHY, FirmFile, Move, MoveState, digest_of
from core.ports.clock import Clock
from core.ports.moves import FirmFiles
from core.ports.unit_of_work import UnitsOfWork
from core.reason import Reason
from core.usecases.steps.known_firm import known_firm

WITHIN: Final = timedelta(minutes=3)
"""How long the firm's work may take to come to its end: a document's call, and what a gone process held."""
_LOOK_EVERY_S: Final = 0.2


class ExportFirm:
    """The firm rests from then on, and events for it are set aside, until its move is ended (`SettleMove`).

    It begins to rest only where a file can be written. Until one is there whole, the firm cannot be handed
    over. A repetition goes on where another was cut short, with a new file; files written before open
    nothing.
    """

    def __init__(
        self, units_of_work: UnitsOfWork, files: FirmFiles, clock: Clock, sleep: Callable[[float], object]
    ) -> None:
        self._units_of_work = units_of_work
        self._files = files
        self._clock = clock
        self._sleep = sleep

    def __call__(self, actor: Actor, firm_id: str, to: Path, *, within: timedelta = WITHIN) -> FirmFile:
        """Write it. Raises NotAllowedError but for people who manage all firms; UnknownFirmError.

        Of a firm that has left the events are written that came for it since. Raises FirmMovedError for one
        that has come and was not taken over; TransientError, the firm resting, where its work did not come
        to its end `within` that time; and as `core.ports.moves.FirmFiles.write`.
        """
        actor.must_everywhere(Power.MANAGE)
        actor.must_be_no_program()
        self._files.must_be_writable(to)
        move = self._begin(actor, firm_id)
        if move.state is MoveState.LEFT:
            file = self._files.write_late(move, to)
        else:
            self._wait(firm_id, within)
            file = self._files.write(move, to)
        with self._units_of_work(actor) as uow:
            uow.moves.lock(firm_id)
            known = uow.moves.get(firm_id)
            if known is not None and known.is_written_as(move):
                uow.moves.put(replace(known, code=move.code))
            uow.audit.record(actor, firm_id, AuditAction.FIRM_EXPORTED, {"rows": file.total})
            uow.commit()
        return file

    def _begin(self, actor: Actor, firm_id: str) -> Move:
        code = self._files.new_code()
        with self._units_of_work(actor) as uow:
            uow.moves.lock(firm_id)
            known = uow.moves.get(firm_id)
            if known is not None and known.state is MoveState.LEFT:
                return known
            if known is not None and known.state is MoveState.ARRIVED:
                raise FirmMovedError(
                    f"firm {firm_id!r} has come from another cell and was not taken over",
                    reason=Reason.MOVE_UNDER_WAY,
                    firm_id=firm_id,
                )
            firm, now = known_firm(uow, actor, firm_id), self._clock.now()
            if known is not None and known.state is MoveState.LEAVING:
                move = replace(known, code=code, digest=digest_of(code))
            else:
                move = Move(
                    firm_id, MoveState.LEAVING, actor.name, now, digest_of(code), code, firm.pause(now)
                )
            uow.firms.pause_by_hand(firm_id, now + RESTS, actor.name, WHY)
            uow.moves.put(replace(move, code=""))  # it is kept once there is a file that it opens
            uow.audit.record(actor, firm_id, AuditAction.FIRM_LEAVING)
            uow.commit()
        return move

    def _wait(self, firm_id: str, within: timedelta) -> None:
        until, watched = self._clock.now() + within, self._files.watch(firm_id)
        while at_work := watched():
            if self._clock.now() >= until:
                raise TransientError(
                    f"firm {firm_id!r} rests, and after {within.total_seconds():.0f} s there is still "
                    f"{', '.join(at_work)}",
                    reason=Reason.FIRM_AT_WORK,
                    firm_id=firm_id,
                )
            self._sleep(_LOOK_EVERY_S)
