"""Where moves between cells stand, in Postgres."""

from collections.abc import Collection, Sequence
from typing import Final

from adapters.postgres.store.actors import firms_of
from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.text import short
from core.actor import Reach
from core.move import AWAY, Move, MoveState
from core.pause import Pause
from core.ports.moves import Moves
from core.storable import storable

_SQL: Final = Statements.beside(__file__)
_LOCK_CLASS: Final = 7_203_131  # of advisory locks: another number than anybody else's here


class PostgresMoves(Moves):
    """See `core.ports.moves.Moves`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, firm_id: str) -> Move | None:
        row = self._session.row(_SQL["get"], {"firm_id": storable(firm_id)})
        return _move(row) if row else None

    def all(self, firms: Reach) -> Sequence[Move]:
        return [_move(row) for row in self._session.rows(_SQL["all"], {"firms": firms_of(firms)})]

    def away(self, firm_ids: Collection[str]) -> frozenset[str]:
        asked = {"firm_ids": sorted(firm_ids), "states": sorted(AWAY)}
        return frozenset(firm_id for (firm_id,) in self._session.rows(_SQL["away"], asked))

    def lock(self, firm_id: str) -> None:
        self._session.rows(_SQL["lock"], {"class": _LOCK_CLASS, "firm_id": firm_id})

    def put(self, move: Move) -> None:
        before = move.before
        self._session.run(
            _SQL["put"],
            {
                "firm_id": move.firm_id,
                "state": move.state.value,
                "by": storable(move.by),
                "at": move.at,
                "digest": move.digest,
                "code": move.code,
                "pause_until": before.until if before else None,
                "pause_asked": before.asked if before else None,
                "pause_call": before.call if before else "",
                "pause_by": before.by if before else "",
                "pause_why": short(before.why) if before else "",
            },
        )

    def forget(self, firm_id: str) -> None:
        self._session.run(_SQL["forget"], {"firm_id": firm_id})


def _move(row: Row) -> Move:
    firm_id, state, by, at, digest, code, until, *of_pause = row
    before = Pause(until, *of_pause) if until is not None else None
    return Move(firm_id, MoveState(state), by, at, digest, code, before)
