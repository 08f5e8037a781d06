"""What people see of deliveries, and do with them. Nothing here reads their content."""

from collections.abc import Sequence
from typing import Any, Final, LiteralString

from adapters.postgres.deliveries.settling import WORDS, Settling, arrays
from adapters.postgres.store.actors import firms_of
from adapters.postgres.store.session import Row
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.text import short
from core.actor import ALL_FIRMS, Reach
from core.delivery import DeliveryState
from core.delivery_selection import (
    Befell,
    Bounds,
    DeliverySummary,
    Discarded,
    GivenUp,
    Replayed,
    Selection,
    TimelineEntry,
    Waiting,
)
from core.event import EventKind
from core.reason import Reason
from core.storable import storable

_SQL: Final = Statements.beside(__file__)
_SELECTED: Final = "true /* selected */"
_ALL_THERE_WILL_BE: Final = Bounds(2**63 - 1, 2**63 - 1)
_PHASES: Final = {
    DeliveryState.HELD: "held",
    DeliveryState.FAILED: "failed",
    DeliveryState.DELIVERED: "done",
}


class Desk(Settling):
    """Looks at deliveries, and sends them once more."""

    def find(
        self, firms: Reach, selection: Selection, limit: int, *, before: int | None = None
    ) -> Sequence[DeliverySummary]:
        name = "find" if before is None else "find_before"
        few = (selection.firm_id, selection.delivery_id, selection.case_integration_id)
        if firms is not ALL_FIRMS and all(of is None for of in few):
            name = "find_of_firms"
        statement, parameters = statement_for(firms, selection, _SQL[name])
        asked = {**parameters, "limit": limit, "before": before}
        return [_summary(row) for row in self._session.rows(statement, asked)]

    def named(self, firms: Reach, name: str, limit: int) -> Sequence[DeliverySummary]:
        asked = {"firms": firms_of(firms), "name": storable(name), "limit": limit}
        return [_summary(row) for row in self._session.rows(_SQL["named"], asked)]

    def count(self, firms: Reach, selection: Selection, *, at_most: int | None = None) -> int:
        statement, parameters = statement_for(
            firms, selection, _SQL["count" if at_most is None else "count_at_most"]
        )
        row = self._session.row(statement, {**parameters, "at_most": at_most})
        return int(row[0]) if row else 0

    def waiting(self, firm_id: str) -> Sequence[Waiting]:
        return [
            Waiting(
                EventKind(kind), DeliveryState(state), Reason.of(reason) if reason else None, number, since
            )
            for kind, state, reason, number, since in self._session.rows(
                _SQL["waiting"], {"firm_id": firm_id, **WORDS}
            )
        ]

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
        words = {"replayable": replayable, "replayed": Befell.REPLAYED.value}
        number = self._session.run(_SQL["replay"], {"ids": ids, **words, **_bounds(wanted)})
        self._session.run(_SQL["forget_tries"], arrays(locked))
        self._settle_free(locked)
        owners = frozenset((firm_id, EventKind(kind)) for firm_id, kind, _, _ in locked)
        return Replayed(number, owners, ids[-1] if len(ids) == limit else None)

    def discard(self, firms: Reach, selection: Selection, *, after: int, limit: int, why: str) -> Discarded:
        wanted = selection.discardable()
        if not wanted.states:
            return Discarded(0, (), None)
        statement, parameters = statement_for(firms, wanted, _SQL["numbers"])
        rows = self._session.rows(statement, {**parameters, "after": after, "limit": limit})
        if not rows:
            return Discarded(0, (), None)
        ids = [delivery_id for (delivery_id,) in rows]
        locked = self._session.rows(_SQL["lock_lanes"], {"ids": ids})
        words = {
            "discardable": [state.value for state in wanted.states],
            "failed": DeliveryState.FAILED.value,
            "discarded": Reason.DISCARDED.value,
            "outcome": Befell.DISCARDED.value,
            "why": short(why),
        }
        done = self._session.rows(_SQL["discard"], {"ids": ids, **words, **_bounds(wanted)})
        self._settle_free(locked)
        given_up = tuple(
            GivenUp(firm_id, EventKind(kind), case_id, subject_id)
            for firm_id, kind, case_id, subject_id, before in done
            if before != DeliveryState.FAILED
        )
        return Discarded(len(done), given_up, ids[-1] if len(ids) == limit else None)


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
        "discarded": Reason.DISCARDED.value,
        **_bounds(selection),
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
        ("kept", selection.kept),
        ("bounds", selection.bounds is not None),
    )
    conditions = [_SQL[f"deliveries_where_{name}"] for name, is_asked_for in asked_for if is_asked_for]
    if not conditions:
        return statement, parameters
    return statement.replace(_SELECTED, " and ".join(conditions)), parameters


def _bounds(selection: Selection) -> dict[str, int]:
    bounds = selection.bounds or _ALL_THERE_WILL_BE
    return {"newest_delivery": bounds.newest_delivery, "newest_attempt": bounds.newest_attempt}


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
