"""A firm's move from one cell to another: where it stands here, and what makes it safe.

A cell is one installation: a Postgres, a RabbitMQ and the processes that work with them. A firm is alive in
one cell at a time. The old one keeps a code; the new one knows only the code's digest, from the firm's file.
Once the old one has told the code it lets the firm go for good; before, nothing can open the new one.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.errors import FirmMovedError
from core.pause import Pause

RESTS: Final = timedelta(days=36_500)
"""How long a firm rests that is being moved: until somebody ends the move one way or the other."""
WHY: Final = "it is being moved to another cell"


class MoveState(StrEnum):
    """Where a firm's move stands, in the cell that is asked."""

    LEAVING = "leaving"  # it rests here, and may be called back
    LEFT = "left"  # handed over: it lives in another cell
    ARRIVED = "arrived"  # it came in a file, and rests until its old cell has handed it over
    HERE = "here"  # taken over: it lives here


AWAY: Final = frozenset({MoveState.LEAVING, MoveState.LEFT})
"""States in which nothing is taken in for the firm, and nothing of it changes."""
UNDER_WAY: Final = frozenset({MoveState.LEAVING, MoveState.ARRIVED})
"""States in which a firm rests, and no one can let it go on but by ending the move."""
NOT_AT_WORK: Final = AWAY | UNDER_WAY
"""States in which nothing of a firm begins by itself, and no letter about it goes."""


@dataclass(frozen=True, slots=True)
class Move:
    """A firm's last move, as this cell knows it. Times are UTC.

    `code` is known to the old cell alone, and kept once the firm's file is written; `digest` (SHA-256 of the
    code) is known to both. `before` is the pause in which the firm was before it began, and will be again.
    """

    firm_id: str
    state: MoveState
    by: str
    at: datetime
    digest: bytes
    code: str = ""
    before: Pause | None = None

    def __repr__(self) -> str:
        return f"Move({self.firm_id!r}, {self.state.value!r})"

    @property
    def is_away(self) -> bool:
        """Whether the firm is not this cell's any more, or may be another's soon."""
        return self.state in AWAY

    @property
    def is_under_way(self) -> bool:
        """Whether the firm rests on account of its move."""
        return self.state in UNDER_WAY

    def is_written_as(self, other: "Move") -> bool:
        """Tell whether the firm still leaves with the code that `other` was written to a file with."""
        return self.state is MoveState.LEAVING and self.digest == other.digest

    def is_opened_by(self, code: str) -> bool:
        """Tell whether this is the code with which the old cell handed the firm over."""
        return hmac.compare_digest(digest_of(code.strip()), self.digest)


@dataclass(frozen=True, slots=True)
class FirmFile:
    """What a firm's file holds: rows by table, how many secrets, and from which cell it comes.

    `stays` names, in words, what is not the firm's alone and has to be seen to by hand. `is_late` says that
    it holds only the events that came to the old cell after the firm had left.
    """

    firm_id: str
    cell: int
    rows: Mapping[str, int]
    secrets: int = 0
    stays: tuple[str, ...] = ()
    is_late: bool = False

    @property
    def total(self) -> int:
        """All rows."""
        return sum(self.rows.values())


def moved(firm_id: str | None) -> FirmMovedError:
    """Return the error for whoever brings or changes something of a firm that is away."""
    return FirmMovedError(f"firm {firm_id!r} has moved to another cell, or is on its way", firm_id=firm_id)


def digest_of(code: str) -> bytes:
    """Return what may be told of a code."""
    return hashlib.sha256(code.encode()).digest()
