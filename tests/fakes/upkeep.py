"""How the in-memory store is doing."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import timedelta

from core.delivery import OPEN_STATES
from core.ports.upkeep import Upkeep
from core.retention import Growing, RemovalState, Retention
from core.schedule import JobName
from core.upkeep import Backlog, LastSlot, OpenTransaction, TableHealth
from tests.fakes.store import FakeStore
from tests.fakes.tables import DeliveryRow


class FakeUpkeep(Upkeep):
    """Looks at what is committed."""

    def __init__(self, store: FakeStore) -> None:
        self._store = store

    def last_slots(self) -> Sequence[LastSlot]:
        done: dict[JobName, LastSlot] = {}
        for (name, due_at), is_done in sorted(self._store.tables.slots.items()):
            if is_done:
                under_way = self._store.tables.rounds.get(name)
                its_own = under_way if under_way and under_way.due_at == due_at else None
                done[name] = LastSlot(name, due_at, due_at, its_own)
        return list(done.values())

    def tables(self) -> Sequence[TableHealth]:
        tables = self._store.tables
        sizes = {field.name: len(getattr(tables, field.name)) for field in fields(tables)}
        oldest = min((row.created_at for row in tables.deliveries.values() if row.created_at), default=None)
        dated = {"deliveries": oldest}
        found = [
            TableHealth(name, number, 0, 100 * number, dated.get(name), None)
            for name, number in sizes.items()
        ]
        return sorted(found, key=lambda table: (-table.size_bytes, table.name))

    def removals(self, retention: Retention) -> Sequence[RemovalState]:
        now = self._store.clock.now()
        return [
            RemovalState(
                name,
                keep := retention.of(Growing(name)),
                timedelta(0) if reached is None else max(now - keep - reached, timedelta(0)),
                ended,
                number,
            )
            for name, (reached, ended, number) in sorted(self._store.tables.removals.items())
        ]

    def oldest_transaction(self) -> OpenTransaction | None:
        return self._store.held

    def backlogs(self) -> Sequence[Backlog]:
        waiting: dict[tuple[str, str], list[DeliveryRow]] = {}
        for row in self._store.tables.deliveries.values():
            if row.state in OPEN_STATES:
                waiting.setdefault((row.lane[0], row.lane[1]), []).append(row)
        found = []
        for rows in waiting.values():
            oldest = min(rows, key=lambda row: row.delivery_id)
            assert oldest.created_at is not None
            firm_id, kind, _ = oldest.lane
            found.append(
                Backlog(
                    firm_id,
                    kind,
                    len(rows),
                    oldest.delivery_id,
                    oldest.created_at,
                    oldest.state,
                    oldest.reason,
                    oldest.run_at,
                )
            )
        return sorted(found, key=lambda backlog: (backlog.oldest_at, backlog.oldest_id))
