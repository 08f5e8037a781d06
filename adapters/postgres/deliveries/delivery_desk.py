"""What people see of deliveries in Postgres, and do with them. Nothing here reads their content."""

from collections.abc import Sequence
from typing import Any, Final, LiteralString

from adapters.postgres.deliveries import desk_sql, lanes_sql
from adapters.postgres.store.session import Row, Session
from core.delivery import DeliveryState
from core.event import EventKind
from core.ports.delivery_desk import (
    DeliverySummary,
    Replayed,
    Selection,
    TimelineEntry,
)

_PHASES: Final = {
    DeliveryState.HELD: "held",
    DeliveryState.FAILED: "failed",
    DeliveryState.DELIVERED: "done",
}


class PostgresDeliveryDesk:
    """Looks at deliveries, and sends them once more. Replays lock lanes first, like everybody."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, selection: Selection, limit: int) -> Sequence[DeliverySummary]:
        """Return up to `limit` of those selected, newest first."""
        where, given = _where(selection)
        rows = self._session.rows(
            desk_sql.COLUMNS + where + " order by delivery_id desc limit %(limit)s", {**given, "limit": limit}
        )
        return [_summary(row) for row in rows]

    def count(self, selection: Selection) -> int:
        """Return how many are selected."""
        where, given = _where(selection)
        row = self._session.row(desk_sql.COUNT + where, given)
        return int(row[0]) if row else 0

    def timeline(self, delivery_id: int) -> Sequence[TimelineEntry]:
        """Return what befell the delivery, oldest first."""
        return [
            TimelineEntry(*row) for row in self._session.rows(desk_sql.TIMELINE, {"delivery_id": delivery_id})
        ]

    def replay(self, selection: Selection, *, after: int, limit: int) -> Replayed:
        """Let up to `limit` of those selected leave again, from the first with a number above `after` on."""
        wanted = selection.replayable()
        if not wanted.states:
            return Replayed(0, frozenset(), None)
        where, given = _where(wanted)
        rows = self._session.rows(
            desk_sql.NUMBERS + where + " and delivery_id > %(after)s order by delivery_id limit %(limit)s",
            {**given, "after": after, "limit": limit},
        )
        if not rows:
            return Replayed(0, frozenset(), None)
        ids = [delivery_id for (delivery_id,) in rows]
        locked = self._session.rows(desk_sql.LOCK_LANES, {"ids": ids})
        replayable = [state.value for state in wanted.states]
        number = self._session.run(desk_sql.REPLAY, {"ids": ids, "replayable": replayable})
        self._session.run(desk_sql.FORGET_TRIES, lanes_sql.arrays(locked))
        self._settle([row for row in locked if not row[3]])
        owners = frozenset((firm_id, EventKind(kind)) for firm_id, kind, _, _ in locked)
        return Replayed(number, owners, ids[-1] if len(ids) == limit else None)

    def _settle(self, lanes: Sequence[Row]) -> None:
        if lanes:
            for statement, chosen in lanes_sql.settling(lanes):
                self._session.run(statement, chosen)


def _where(selection: Selection) -> tuple[LiteralString, dict[str, Any]]:
    """Return the condition and its parameters. Only what is asked for is in it, so that indexes can serve."""
    conditions: list[LiteralString] = ["true"]
    given: dict[str, Any] = {}
    if selection.delivery_id is not None:
        conditions.append("delivery_id = %(delivery_id)s")
        given["delivery_id"] = selection.delivery_id
    if selection.firm_id is not None:
        conditions.append("firm_id = %(firm_id)s")
        given["firm_id"] = selection.firm_id
    if selection.case_integration_id is not None:
        conditions.append("case_integration_id = %(case_id)s")
        given["case_id"] = selection.case_integration_id
    if selection.kind is not None:
        conditions.append("kind = %(kind)s")
        given["kind"] = selection.kind.value
    if selection.states:
        conditions.append("phase = any(%(phases)s) and state = any(%(states)s)")
        given["phases"] = sorted({_PHASES.get(state, "open") for state in selection.states})
        given["states"] = [state.value for state in selection.states]
    if selection.has_text:
        conditions.append("purged_at is null")
    if selection.reason is not None:
        conditions.append("reason = %(reason)s")
        given["reason"] = selection.reason
    if selection.since is not None:
        conditions.append("created_at >= %(since)s")
        given["since"] = selection.since
    return " where " + " and ".join(conditions), given


def _summary(row: Row) -> DeliverySummary:
    delivery_id, firm_id, kind, case_id, subject_id, state, *others = row
    return DeliverySummary(
        delivery_id, firm_id, EventKind(kind), case_id, subject_id, DeliveryState(state), *others
    )
