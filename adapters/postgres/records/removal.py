"""What has served its purpose goes: bounded deletes in the order of age (ADR 100)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.issue import IssueKind
from core.ports.removal import Removal
from core.retention import Growing, Mark, RemovalState, Removed, Retention
from core.run import OVER_A_WINDOW, RunState

_SQL: Final = Statements.beside(__file__)
# Any number, but the same in every release: who holds it and a name removes of that.
_LOCK_CLASS: Final = 7_203_117
_BEFORE_ALL: Final = Mark(datetime(1970, 1, 1, tzinfo=UTC), 0)
# Walked from old to new, since some of it stays.
_WALKED: Final = frozenset(
    {
        Growing.DELIVERED,
        Growing.FAILED,
        Growing.REJECTED_EVENTS,
        Growing.CASE_CHANGES,
        Growing.AUDIT_LOG,
        Growing.PROBE_RESULTS,
        Growing.ISSUES,
        Growing.BULK_OPERATIONS,
    }
)
# All of it goes that is old enough. The outbox has one row index, for ranges: fewer and larger batches.
_AT_ONCE: Final = {
    Growing.EXCEPTION_REPORTS: 1,
    Growing.ISSUE_MUTES: 1,
    Growing.TRIES: 1,
    Growing.SESSIONS: 1,
    Growing.OUTBOX: 10,
}
# An open issue of these kinds that names a delivery, its message or document, or what it failed with.
_ABOUT_DELIVERIES: Final = [
    IssueKind.CONTRADICTING_EVENT.value,
    IssueKind.DELIVERY_FAILED.value,
    IssueKind.WRITTEN_TWICE.value,
]


class PostgresRemoval(Removal):
    """See `core.ports.removal.Removal`. For transactions that do nothing else: the planner is told how."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(self, what: Growing) -> bool:
        row = self._session.row(_SQL["begin"], {"class": _LOCK_CLASS, "name": what.value})
        return bool(row and row[0])

    def remove(self, what: Growing, keep: timedelta, limit: int, after: Mark | None = None) -> Removed:
        begin = after or _BEFORE_ALL
        asked = {"keep": keep, "limit": limit, "at": begin.at, "number": begin.number}
        if what in _AT_ONCE:
            return self._at_once(what, {**asked, "limit": limit * _AT_ONCE[what]})
        self._session.run(_SQL["by_key"])
        if what is Growing.RUNS:
            return self._runs(asked, after)
        if what not in _WALKED:
            raise ValueError(f"{what} has a port of its own")
        return self._walk(what.value, {**asked, "about_deliveries": _ABOUT_DELIVERIES}, after)

    def note(self, what: Growing, keep: timedelta, removed: Removed) -> None:
        self._session.run(
            _SQL["note"],
            {
                "name": what.value,
                "keep": keep,
                "is_over": removed.is_over,
                "at": removed.mark and removed.mark.at,
                "number": removed.number,
            },
        )

    def states(self, retention: Retention) -> Sequence[RemovalState]:
        kept = {what.value: retention.of(what) for what in Growing}
        asked = {"names": list(kept), "keeps": list(kept.values())}
        return [
            RemovalState(name, kept[name], behind, ended_at, number)
            for name, behind, ended_at, number in self._session.rows(_SQL["states"], asked)
        ]

    def _walk(self, name: str, asked: dict[str, Any], after: Mark | None) -> Removed:
        [[number, at, last, is_over]] = self._session.rows(_SQL[name], asked)
        return Removed(number, is_over, after if at is None else Mark(at, last))

    def _at_once(self, what: Growing, asked: dict[str, Any]) -> Removed:
        if what is Growing.SESSIONS:
            self._session.run(_SQL["forget_links"])
        number = self._session.run(_SQL[f"delete_{what}"], asked)
        return Removed(number, number < asked["limit"])

    def _runs(self, asked: dict[str, Any], after: Mark | None) -> Removed:
        """A batch's size counts results: then a run or two of thousands, or hundreds of a few."""
        results = asked["limit"]
        asked = {
            **asked,
            "limit": max(1, results // 10),
            "results": results,
            "finished": RunState.FINISHED.value,
            "over_a_window": [trigger.value for trigger in OVER_A_WINDOW],
        }
        number = self._session.run(_SQL["run_results"], asked)
        if number == results:
            return Removed(number, is_over=False, mark=after)
        removed = self._walk("runs", asked, after)
        return Removed(number + removed.number, removed.is_over, removed.mark)
