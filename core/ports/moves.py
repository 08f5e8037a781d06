"""Ports: the moves of firms between cells: where each stands, and the file in which a firm goes."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Protocol

from core.actor import Actor, Reach
from core.move import FirmFile, Move


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

        Asked in the transaction that would take something in, so that `FirmFiles.watch` can tell of
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


class FirmFiles(Protocol):
    """Writes and reads the files in which firms move between cells.

    A file is encrypted with a key that both cells are given, readable by its owner alone, and tells when it
    was cut or altered. Memory does not grow with the firm. Raises ConfigurationError without such a key, and
    where this cell has no number.
    """

    def new_code(self) -> str:
        """Return a code that nobody can guess."""
        ...

    def watch(self, firm_id: str) -> Callable[[], Sequence[str]]:
        """Return what tells, each time, what still works for a firm that rests; empty: nothing changes it.

        That is, in words: transactions that began before this call, claims, jobs, commands, and what is not
        yet announced. To be called after the move's beginning was committed.
        """
        ...

    def must_be_writable(self, to: Path) -> None:
        """Raise ConfigurationError where `write` would, as far as can be told before; nothing is left."""
        ...

    def write(self, move: Move, to: Path) -> FirmFile:
        """Write all of the firm, as it is at one instant. The file is there when it is whole, or not at all.

        Raises ConfigurationError where there is a file of this name.
        """
        ...

    def write_late(self, move: Move, to: Path) -> FirmFile:
        """Write the events that were set aside because the firm was away. Raises as `write`."""
        ...

    def read(self, actor: Actor, firm_id: str, path: Path) -> FirmFile:
        """Bring the firm in, all of it or nothing; its move is then ARRIVED, and the audit log says so.

        Numbers of rows stay, and all that are given here from now on are higher. Raises ConfigurationError,
        nothing changed, for a file of another firm, of another version of the database, of a cell with this
        one's number, one that was cut or altered or has another key; and where something is kept of the firm,
        but for messages that waited for it unknown: they join what it brings.

        What a file `write_late` wrote is set aside here, to be replayed; once, however often it is read.
        """
        ...

    def drop(self, firm_id: str) -> None:
        """Remove a firm that has arrived and was not taken over. Raises ConfigurationError for others."""
        ...
