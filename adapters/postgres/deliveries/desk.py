"""What people see of deliveries, and do with them. Nothing here reads their content."""

from collections.abc import Sequence
from typing import Any, Final, LiteralString

from adapters.postgres.deliveries.settling import WORDS, Settling, arrays
from adapters.postgres.store.actors import firms_of
from adapters.postgres.store.session import Row
from adapters.postgres.store.statements import Statements
from core.actor import ALL_FIRMS, Reach
from core.delivery import DeliveryState
from core.delivery_selection import Befell, DeliverySummary, Replayed, Selection, TimelineEntry
from core.event import EventKind
from core.reason import Reason

_SQL: Final = Statements.beside(__file__)
_SELECTED: Final = "true /* selected */"
_PHASES: Final = {
    DeliveryState.HELD: "held",
    DeliveryState.FAILED: "failed",
    DeliveryState.DELIVERED: "done",
}


class Desk(Settling):
    """Looks at deliveries, and sends them once more."""

    def find(self, firms: Reach, selection: Selection, limit: int) -> Sequence[DeliverySummary]:
        statement, parameters = statement_for(firms, selection, _SQL["find"])
        return [_summary(row) for row in self._session.rows(statement, {**parameters, "limit": limit})]

    def count(self, firms: Reach, selection: Selection) -> int:
        row = self._session.row(*statement_for(firms, selection, _SQL["count"]))
        return int(row[0]) if row else 0

    def timeline(self, delivery_id: int) -> Sequence[TimelineEntry]:
        parameters = {**WORDS, "delivery_id": delivery_id, "adopted": Befell.ADOPTED.value}
        return [_entry(row) for row in self._session.rows(_SQL["timeline"], parameters)]

    def replay(self, firms: Reach, selection: Selection, *, after: int, limit: int) -> Replayed:
        wanted = selection.replayable()
        if not wanted.states:
            return Replayed(0, frozenset(), None)
        statement, parameters = statement_for(firms, wanted, _SQL["numbers"])
        rows = self._session.rows(statement, {**parameters, "after": after, "limit": limit})
        if not rows:
            return Replayed(0, frozenset(), None)
        ids = [delivery_id for (delivery_id,) in rows]
        locked = self._session.rows(_SQL["lock_lanes"], {"ids": ids})
        replayable = [state.value for state in wanted.states]
        number = self._session.run(
            _SQL["replay"], {"ids": ids, "replayable": replayable, "replayed": Befell.REPLAYED.value}
        )
        self._session.run(_SQL["forget_tries"], arrays(locked))
        self._settle_free(locked)
        owners = frozenset((firm_id, EventKind(kind)) for firm_id, kind, _, _ in locked)
        return Replayed(number, owners, ids[-1] if len(ids) == limit else None)


def statement_for(
    firms: Reach, selection: Selection, statement: LiteralString
) -> tuple[LiteralString, dict[str, Any]]:
    """Return the statement for what is selected, and its parameters."""
    parameters: dict[str, Any] = {
        "delivery_id": selection.delivery_id,
        "firms": firms_of(firms),
        "firm_id": selection.firm_id,
        "case_id": selection.case_integration_id,
        "kind": selection.kind and selection.kind.value,
        "phases": sorted({_PHASES.get(state, "open") for state in selection.states}),
        "states": [state.value for state in selection.states],
        "reason": selection.reason,
        "since": selection.since,
    }
    asked_for: tuple[tuple[LiteralString, bool], ...] = (
        ("delivery", selection.delivery_id is not None),
        ("firms", firms is not ALL_FIRMS),
        ("firm", selection.firm_id is not None),
        ("case", selection.case_integration_id is not None),
        ("kind", selection.kind is not None),
        ("states", bool(selection.states)),
        ("has_text", selection.has_text),
        ("reason", selection.reason is not None),
        ("since", selection.since is not None),
    )
    conditions = [_SQL[f"deliveries_where_{name}"] for name, is_asked_for in asked_for if is_asked_for]
    if not conditions:
        return statement, parameters
    return statement.replace(_SELECTED, " and ".join(conditions)), parameters


def _summary(row: Row) -> DeliverySummary:
    delivery_id, firm_id, kind, case_id, subject_id, state, reason, *others = row
    return DeliverySummary(
        delivery_id,
        firm_id,
        EventKind(kind),
        case_id,
        subject_id,
        DeliveryState(state),
        Reason.of(reason) if reason else None,
        *others,
    )


def _entry(row: Row) -> TimelineEntry:
    ended_at, outcome, began_at, took_ms, status, word, *others = row
    reason = Befell.ADOPTED if word == Befell.ADOPTED else Reason.of(word) if word else None
    return TimelineEntry(ended_at, outcome, began_at, took_ms, status, reason, *others)
