"""How the store is doing: slots, tables by the catalogue, and what waits."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from adapters.postgres.records.open_transactions import oldest_transaction
from adapters.postgres.records.removal import removal_states
from adapters.postgres.records.stats import KEPT_AT_MOST_S, KEPT_TIMES
from adapters.postgres.store.errors import translating
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.delivery import DeliveryState
from core.event import EventKind
from core.night import Round
from core.ports.upkeep import Upkeep
from core.reason import Reason
from core.retention import RemovalState, Retention
from core.schedule import JobName
from core.upkeep import Backlog, LastSlot, OpenTransaction, TableHealth

_SQL: Final = Statements.beside(__file__)
_OLDEST: Final = "oldest_"
_DATED: Final = tuple(name.removeprefix(_OLDEST) for name in _SQL.names() if name.startswith(_OLDEST))


class PostgresUpkeep(Upkeep):
    """Works as the owner: slots are nobody's else, and what is slow to count is counted once for all.

    A count of what waits is kept twenty times as long as it took, a minute at most.
    """

    def __init__(self, pool: Pool, *, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._elapsed = elapsed
        self._counting = threading.Lock()
        self._kept: Sequence[Backlog] = ()
        self._kept_until: float | None = None

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

    def removals(self, retention: Retention) -> Sequence[RemovalState]:
        with translating(), self._pool.connection() as connection:
            return removal_states(Session(connection), retention)

    def oldest_transaction(self) -> OpenTransaction | None:
        with translating(), self._pool.connection() as connection:
            return oldest_transaction(Session(connection))

    def backlogs(self) -> Sequence[Backlog]:
        with translating(), self._counting:
            began = self._elapsed()
            if self._kept_until is None or began >= self._kept_until:
                with self._pool.connection() as connection:
                    rows = Session(connection).rows(_SQL["backlogs"])
                self._kept = [
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
                ended = self._elapsed()
                self._kept_until = ended + min((ended - began) * KEPT_TIMES, KEPT_AT_MOST_S)
            return self._kept
