"""What the store holds, in numbers, for metrics and readiness."""

import threading
import time
from collections.abc import Callable
from typing import Final

from adapters.postgres.records.open_transactions import oldest_transaction
from adapters.postgres.records.removal import removal_states
from adapters.postgres.store.errors import translating
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.ports.statistics import Statistics
from core.reason import Reason
from core.retention import Retention
from core.snapshot import Snapshot

_SQL: Final = Statements.beside(__file__)
KEPT_TIMES: Final = 20.0
KEPT_AT_MOST_S: Final = 60.0
CONNECTED_WITHIN_S: Final = 4.0
"""Who scrapes gives up after ten seconds, as a rule, and is to hear by then that the store is away."""


class PostgresStats(Statistics):
    """Takes a snapshot of the store; its cost grows with what waits, not with what is done.

    What took long to count is kept twenty times as long, a minute at most: however often somebody asks, and
    however much waits, counting takes a twentieth of the time or less. One count at a time.
    """

    def __init__(
        self,
        pool: Pool,
        retention: Retention | None = None,
        *,
        elapsed: Callable[[], float] = time.monotonic,
        connected_within_s: float = CONNECTED_WITHIN_S,
    ) -> None:
        self._pool = pool
        self._retention = retention or Retention()
        self._elapsed = elapsed
        self._connected_within_s = connected_within_s
        self._counting = threading.Lock()
        self._kept: Snapshot | None = None
        self._kept_until = 0.0

    def snapshot(self) -> Snapshot:
        """Return the numbers as they are now, or were lately. Raises TransientError while the store is away.

        Deliveries are counted in all states but `delivered`. The oldest of them is the oldest that waits
        for nobody (pending, sending, retrying, unknown), by when it was accepted. Rejected events count
        until they are replayed.
        """
        # The connection is tried before it is handed out, so a store that is away is known at once.
        within_s = self._connected_within_s
        with translating(), self._counting, self._pool.connection(timeout=within_s) as connection:
            began = self._elapsed()
            if self._kept is None or began >= self._kept_until:
                self._kept = _counted(Session(connection), self._retention)
                ended = self._elapsed()
                self._kept_until = ended + min((ended - began) * KEPT_TIMES, KEPT_AT_MOST_S)
            return self._kept


def _counted(session: Session, retention: Retention) -> Snapshot:
    deliveries = session.rows(_SQL["deliveries"], {"discarded": Reason.DISCARDED.value})
    waiting, outbox_age_s = session.rows(_SQL["outbox"])[0]
    unexpected = session.rows(_SQL["unexpected"])
    dead_rows = session.rows(_SQL["dead_rows"])
    held = oldest_transaction(session)
    rejected = session.rows(_SQL["rejected"])[0][0]
    return Snapshot(
        deliveries={(kind, state): number for kind, state, number, _ in deliveries},
        oldest_delivery_age_s=max(
            (float(age_s) for _, _, _, age_s in deliveries if age_s is not None), default=0.0
        ),
        outbox_waiting=waiting,
        outbox_oldest_age_s=float(outbox_age_s),
        rejected_events=rejected,
        removal_behind_s={
            state.what: state.behind.total_seconds() for state in removal_states(session, retention)
        },
        dead_rows=dict(dead_rows),
        oldest_transaction_age_s=held.for_.total_seconds() if held else 0.0,
        unexpected_errors={(doing, error_type): times for doing, error_type, times in unexpected},
    )
