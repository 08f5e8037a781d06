"""What the outbox holds, as it is handed to the broker or to who listens in its place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """Something to publish: a job (`queue` set, body is its id) or an announcement (`kind` set).

    `body` is JSON; a job's is the bare number.
    """

    row_id: int
    queue: str | None
    kind: str | None
    body: bytes

    def __repr__(self) -> str:
        return f"OutboxRow({self.row_id}, {self.queue or self.kind})"
