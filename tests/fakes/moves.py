"""Moves between cells, in memory."""

from collections.abc import Collection, Sequence

from core.actor import Reach
from core.move import Move
from core.ports.moves import Moves
from tests.fakes.reach import within
from tests.fakes.transaction import Transaction


class FakeMoves(Moves):
    """The last move of each firm."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction

    def get(self, firm_id: str) -> Move | None:
        return self._rows.get(firm_id)

    def all(self, firms: Reach) -> Sequence[Move]:
        return [move for firm_id, move in sorted(self._rows.items()) if within(firms, firm_id)]

    def away(self, firm_ids: Collection[str]) -> frozenset[str]:
        return frozenset(each for each in firm_ids if each in self._rows and self._rows[each].is_away)

    def lock(self, firm_id: str) -> None:
        assert self._rows is not None  # one transaction at a time here

    def put(self, move: Move) -> None:
        self._rows[move.firm_id] = move

    def forget(self, firm_id: str) -> None:
        self._rows.pop(firm_id, None)

    @property
    def _rows(self) -> dict[str, Move]:
        return self.transaction.tables.moves
