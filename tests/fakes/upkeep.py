"""How the in-memory store is doing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime

from core.delivery import OPEN_STATES, DeliveryState
from core.ports.upkeep import Upkeep
from core.reason import Reason
from core.retention import Retention
from core.schedule import JobName
from core.snapshot import Snapshot
from core.upkeep import Backlog, LastSlot, OpenTransaction, TableHealth
from tests.fakes.store import FakeStore
from tests.fakes.tables import DeliveryRow

_ON_ITS_WAY = OPEN_STATES - {DeliveryState.HELD}


class FakeUpkeep(Upkeep):
    """Looks at what is committed."""

    def __init__(self, store: FakeStore) -> None:
        self._store = store

    def snapshot(self) -> Snapshot:
        tables, held = self._store.tables, self._store.held
        rows = tables.deliveries.values()
        undecided = tables.rejected.keys() - tables.replayed_at.keys() - tables.discarded.keys()
        with self._store.unit_of_work() as uow:
            states = uow.removal.states(Retention())
        return Snapshot(
            deliveries=Counter(
                (row.lane[1].value, row.state.value)
                for row in rows
                if row.state is not DeliveryState.DELIVERED and row.reason is not Reason.DISCARDED
            ),
            oldest_delivery_age_s=self._age_s(row.created_at for row in rows if row.state in _ON_ITS_WAY),
            outbox_waiting=len(tables.outbox),
            outbox_oldest_age_s=self._age_s(
                told.created_at for told in tables.announced.values() if told.published_at is None
            ),
            rejected_events=len(undecided),
            removal_behind_s={state.what: state.behind.total_seconds() for state in states},
            oldest_transaction_age_s=held.for_.total_seconds() if held else 0.0,
        )

    def _age_s(self, times: Iterable[datetime | None]) -> float:
        oldest = min((at for at in times if at is not None), default=None)
        return (self._store.clock.now() - oldest).total_seconds() if oldest else 0.0

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
