"""Port: where the moves of firms between cells stand."""

from collections.abc import Collection, Sequence
from typing import Protocol

from core.actor import Reach
from core.move import Move


class Moves(Protocol):
    """A firm's last move; a firm that was never moved has none. It outlasts the firm's own rows."""

    def get(self, firm_id: str) -> Move | None:
        """Return it, or None."""
        ...

    def all(self, firms: Reach) -> Sequence[Move]:
        """Return the moves of these firms, by firm."""
        ...

    def away(self, firm_ids: Collection[str]) -> frozenset[str]:
        """Return those that are leaving or have left: what comes for them is another cell's.

        Asked in the transaction that would take something in, so that `core.ports.firm_files` can wait for
        whoever asked before the move began.
        """
        ...

    def lock(self, firm_id: str) -> None:
        """Let nobody else begin or end a move of this firm until the transaction ends."""
        ...

    def put(self, move: Move) -> None:
        """Store it in place of the one before."""
        ...

    def forget(self, firm_id: str) -> None:
        """Let there have been none."""
        ...
