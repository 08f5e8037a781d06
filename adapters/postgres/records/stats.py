"""What the store holds, in numbers, for metrics and readiness."""

from typing import Final

from adapters.postgres.store.errors import translating
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.ports.statistics import Statistics
from core.snapshot import Snapshot

_SQL: Final = Statements.beside(__file__)


class PostgresStats(Statistics):
    """Takes a snapshot of the store; its cost grows with what waits, not with what is done."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def snapshot(self) -> Snapshot:
        """Return the numbers as they are now. Raises TransientError while the store is out of reach.

        Deliveries are counted in all states but `delivered`. The oldest of them is the oldest that waits
        for nobody (pending, sending, retrying, unknown), by when it was accepted. Rejected events count
        until they are replayed.
        """
        with translating(), self._pool.connection() as connection:
            session = Session(connection)
            deliveries = session.rows(_SQL["deliveries"])
            waiting, outbox_age_s = session.rows(_SQL["outbox"])[0]
            rejected = session.rows(_SQL["rejected"])[0][0]
        return Snapshot(
            deliveries={(kind, state): number for kind, state, number, _ in deliveries},
            oldest_delivery_age_s=max(
                (float(age_s) for _, _, _, age_s in deliveries if age_s is not None), default=0.0
            ),
            outbox_waiting=waiting,
            outbox_oldest_age_s=float(outbox_age_s),
            rejected_events=rejected,
        )
