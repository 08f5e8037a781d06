"""A broker's side in memory."""

from collections.abc import Collection, Sequence

from core.errors import TransientError
from core.outbox_row import OutboxRow
from core.ports.publisher import Publisher
from core.reason import Reason


class FakePublisher(Publisher):
    """Takes all rows, in order. `refused` rows are not confirmed; while `down` nothing gets through."""

    def __init__(self) -> None:
        self.published: list[OutboxRow] = []
        self.refused: set[int] = set()
        self.down = False
        self.closed = False

    def publish(self, rows: Sequence[OutboxRow]) -> Collection[int]:
        if self.down:
            raise TransientError("the broker is out of reach", reason=Reason.BROKER_UNAVAILABLE)
        taken = [row for row in rows if row.row_id not in self.refused]
        self.published += taken
        return [row.row_id for row in taken]

    def close(self) -> None:
        self.closed = True
