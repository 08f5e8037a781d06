"""What the store holds, in numbers, for metrics and readiness."""

from adapters.postgres.store.errors import translating
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Session
from core.ports.statistics import Snapshot

# By the indexes of what is not done. What was delivered is not counted: that would read the whole table,
# and the workers' counters tell it.
_DELIVERIES = """
select kind, state, count(*),
       extract(epoch from statement_timestamp() - min(created_at) filter (where phase = 'open'))
from (
    select kind, state, phase, created_at from deliveries where phase in ('open', 'held')
    union all
    select kind, state, phase, created_at from deliveries where phase = 'failed'
) as unfinished
group by kind, state
"""
_OUTBOX = """
select count(*), coalesce(extract(epoch from statement_timestamp() - min(created_at)), 0)
from outbox
where published_at is null
"""
_REJECTED = "select count(*) from rejected_events where replayed_at is null"


class PostgresStats:
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
            deliveries = session.rows(_DELIVERIES)
            waiting, outbox_age_s = session.rows(_OUTBOX)[0]
            rejected = session.rows(_REJECTED)[0][0]
        return Snapshot(
            deliveries={(kind, state): number for kind, state, number, _ in deliveries},
            oldest_delivery_age_s=max(
                (float(age_s) for _, _, _, age_s in deliveries if age_s is not None), default=0.0
            ),
            outbox_waiting=waiting,
            outbox_oldest_age_s=float(outbox_age_s),
            rejected_events=rejected,
        )
