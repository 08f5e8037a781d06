"""How the store is doing: what it holds in numbers, slots, tables by the catalogue, and what waits."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from adapters.postgres.records.open_transactions import oldest_transaction
from adapters.postgres.records.removal import PostgresRemoval
from adapters.postgres.store.errors import translating
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.delivery import DeliveryState
from core.event import EventKind
from core.night import Round
from core.ports.upkeep import Upkeep
from core.reason import Reason
from core.retention import Retention
from core.schedule import JobName
from core.snapshot import Snapshot
from core.upkeep import Backlog, LastSlot, OpenTransaction, TableHealth

_SQL: Final = Statements.beside(__file__)
_OLDEST: Final = "oldest_"
_DATED: Final = tuple(name.removeprefix(_OLDEST) for name in _SQL.names() if name.startswith(_OLDEST))
KEPT_TIMES: Final = 20.0
KEPT_AT_MOST_S: Final = 60.0
CONNECTED_WITHIN_S: Final = 4.0
"""Who scrapes gives up after ten seconds, as a rule, and is to hear by then that the store is away."""

Counted = TypeVar("Counted")


class PostgresUpkeep(Upkeep):
    """Works as the owner: slots are nobody's else, and what is slow to count is counted once for all.

    A snapshot's cost grows with what waits, not with what is done.
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
        self._connected_within_s = connected_within_s
        self._snapshot = _Kept[Snapshot](elapsed)
        self._backlogs = _Kept[Sequence[Backlog]](elapsed)

    def snapshot(self) -> Snapshot:
        # The connection is tried before it is handed out, so a store that is away is known at once.
        within_s, kept = self._connected_within_s, self._snapshot
        with translating(), kept.one_at_a_time, self._pool.connection(timeout=within_s) as connection:
            return kept.now(lambda: _counted(Session(connection), self._retention))

    def last_slots(self) -> Sequence[LastSlot]:
        with translating(), self._pool.connection() as connection:
            rows = Session(connection).rows(_SQL["last_slots"])
        known = set(JobName)
        return [
            LastSlot(
                JobName(name), due_at, done_at, None if reached is None else Round(due_at, reached, moved_at)
            )
            for name, due_at, done_at, reached, moved_at in rows
            if name in known
        ]

    def tables(self) -> Sequence[TableHealth]:
        with translating(), self._pool.connection() as connection:
            session = Session(connection)
            rows = session.rows(_SQL["tables"])
            oldest = {name: session.row(_SQL[f"{_OLDEST}{name}"]) for name in _DATED}
        return [
            TableHealth(name, number, dead, size, (oldest.get(name) or (None,))[0], cleaned_at)
            for name, number, dead, size, cleaned_at in rows
        ]

    def oldest_transaction(self) -> OpenTransaction | None:
        with translating(), self._pool.connection() as connection:
            return oldest_transaction(Session(connection))

    def backlogs(self) -> Sequence[Backlog]:
        with translating(), self._backlogs.one_at_a_time:
            return self._backlogs.now(self._waiting)

    def _waiting(self) -> Sequence[Backlog]:
        with self._pool.connection() as connection:
            rows = Session(connection).rows(_SQL["backlogs"])
        return [
            Backlog(
                firm_id,
                EventKind(kind),
                number,
                oldest_id,
                oldest_at,
                DeliveryState(state),
                Reason.of(reason) if reason else None,
                run_at,
            )
            for firm_id, kind, number, oldest_id, oldest_at, state, reason, run_at in rows
        ]


class _Kept(Generic[Counted]):
    """What was counted is kept twenty times as long as counting took, a minute at most.

    However often somebody asks, and however much waits, counting takes a twentieth of the time or less.
    """

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self.one_at_a_time = threading.Lock()
        self._elapsed = elapsed
        self._counted: Counted | None = None
        self._until = 0.0

    def now(self, count: Callable[[], Counted]) -> Counted:
        """Return what `count` returns, or returned lately. For who has the lock."""
        began = self._elapsed()
        if self._counted is None or began >= self._until:
            self._counted = count()
            ended = self._elapsed()
            self._until = ended + min((ended - began) * KEPT_TIMES, KEPT_AT_MOST_S)
        return self._counted


def _counted(session: Session, retention: Retention) -> Snapshot:
    deliveries = session.rows(_SQL["count_deliveries"], {"discarded": Reason.DISCARDED.value})
    waiting, outbox_age_s = session.rows(_SQL["count_outbox"])[0]
    unexpected = session.rows(_SQL["count_unexpected"])
    dead_rows = session.rows(_SQL["count_dead_rows"])
    held = oldest_transaction(session)
    rejected = session.rows(_SQL["count_rejected"])[0][0]
    removals = PostgresRemoval(session).states(retention)
    return Snapshot(
        deliveries={(kind, state): number for kind, state, number, _ in deliveries},
        oldest_delivery_age_s=max(
            (float(age_s) for _, _, _, age_s in deliveries if age_s is not None), default=0.0
        ),
        outbox_waiting=waiting,
        outbox_oldest_age_s=float(outbox_age_s),
        rejected_events=rejected,
        removal_behind_s={state.what: state.behind.total_seconds() for state in removals},
        dead_rows=dict(dead_rows),
        oldest_transaction_age_s=held.for_.total_seconds() if held else 0.0,
        unexpected_errors={(doing, error_type): times for doing, error_type, times in unexpected},
    )
