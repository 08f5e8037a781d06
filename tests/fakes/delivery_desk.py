"""What people see of deliveries, in memory."""

from collections import defaultdict
from collections.abc import Sequence

from core.actor import Reach, covers
from core.delivery import OPEN_STATES, DeliveryState
from core.delivery_selection import DeliverySummary, Selection, TimelineEntry, Waiting
from core.event import EventKind
from core.reason import Reason
from tests.fakes.reach import within
from tests.fakes.tables import DeliveryRow
from tests.fakes.transaction import Transaction


class FakeDesk:
    """Looks at the rows: a part of `FakeDeliveries`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(
        self, firms: Reach, selection: Selection, limit: int, *, before: int | None = None
    ) -> Sequence[DeliverySummary]:
        rows = sorted(self._selected(firms, selection), key=lambda row: row.delivery_id, reverse=True)
        return [_summary(row) for row in rows if before is None or row.delivery_id < before][:limit]

    def named(self, firms: Reach, name: str, limit: int) -> Sequence[DeliverySummary]:
        rows = self._transaction.tables.deliveries.items()
        found = [
            row
            for _, row in sorted(rows, reverse=True)
            if covers(firms, frozenset({row.lane[0]}))
            and (row.subject_id == name or (row.lane[1] is EventKind.MESSAGE_SENT and row.stored_id == name))
        ]
        return [_summary(row) for row in found[:limit]]

    def count(self, firms: Reach, selection: Selection, *, at_most: int | None = None) -> int:
        number = len(self._selected(firms, selection))
        return number if at_most is None else min(number, at_most)

    def waiting(self, firm_id: str) -> Sequence[Waiting]:
        grouped: dict[tuple[EventKind, DeliveryState, Reason | None], list[DeliveryRow]] = defaultdict(list)
        for row in self._transaction.tables.deliveries.values():
            apart = {DeliveryState.HELD, DeliveryState.FAILED}
            if row.lane[0] == firm_id and (row.state in OPEN_STATES or row.state in apart):
                state = row.state if row.state in apart else DeliveryState.PENDING
                grouped[row.lane[1], state, row.reason].append(row)
        found = [
            Waiting(*key, len(rows), min(row.created_at for row in rows if row.created_at))
            for key, rows in grouped.items()
        ]
        return sorted(found, key=lambda w: (w.since, w.kind.value, w.state.value, w.reason or ""))

    def timeline(self, delivery_id: int) -> Sequence[TimelineEntry]:
        entries = self._transaction.tables.timelines
        return [entry for _, (of, entry) in sorted(entries.items()) if of == delivery_id]

    def _selected(self, firms: Reach, selection: Selection) -> list[DeliveryRow]:
        return [
            row
            for row in self._transaction.tables.deliveries.values()
            if within(firms, row.lane[0]) and _matches(row, selection) and self._is_within(row, selection)
        ]

    def _is_within(self, row: DeliveryRow, selection: Selection) -> bool:
        bounds = selection.bounds
        if bounds is None:
            return True
        timelines = self._transaction.tables.timelines.items()
        tried = max((number for number, (of, _) in timelines if of == row.delivery_id), default=0)
        return row.delivery_id <= bounds.newest_delivery and tried <= bounds.newest_attempt


def _matches(row: DeliveryRow, wanted: Selection) -> bool:
    firm_id, kind, case = row.lane
    return (
        wanted.firm_id in {None, firm_id}
        and wanted.case_integration_id in {None, case}
        and wanted.kind in {None, kind}
        and (not wanted.states or row.state in wanted.states)
        and (not wanted.has_text or row.purged_at is None)
        and wanted.reason in {None, row.reason}
        and wanted.delivery_id in {None, row.delivery_id}
        and (not wanted.kept or row.reason is not Reason.DISCARDED)
        and (wanted.since is None or (row.created_at is not None and row.created_at >= wanted.since))
    )


def _summary(row: DeliveryRow) -> DeliverySummary:
    firm_id, kind, case = row.lane
    assert row.created_at is not None
    return DeliverySummary(
        delivery_id=row.delivery_id,
        firm_id=firm_id,
        kind=kind,
        case_integration_id=case,
        subject_id=row.subject_id,
        state=row.state,
        reason=row.reason,
        detail=row.detail,
        attempts=row.attempts,
        occurred_at=row.occurred_at,
        created_at=row.created_at,
        run_at=row.run_at,
        delivered_at=row.ended_at if row.state is DeliveryState.DELIVERED else None,
        stored_id=row.stored_id,
        adopted=row.adopted,
        late=row.late,
        purged_at=row.purged_at,
    )
