"""What pages show of a firm, in memory."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.case import Case, Outcome, SkipReason
from core.delivery import OPEN_STATES, DeliveryState
from core.event import EventKind
from core.firm_view import CaseFilter, CaseLine, ProblemGroup, Seen, SourceName, Waiting
from core.ports.names import Names
from core.ports.views import Views
from core.problem import CaseProblem
from core.reason import Reason
from core.run import CaseResult
from core.storable import storable
from tests.fakes.runs import FakeRuns
from tests.fakes.tables import DeliveryRow
from tests.fakes.transaction import Transaction


class FakeViews(Views):
    """Looks at the tables."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def problem_groups(self, firm_id: str, limit: int) -> Sequence[ProblemGroup]:
        tables = self._transaction.tables
        grouped: dict[tuple[SkipReason, str, str], list[str]] = defaultdict(list)
        for (firm, case_id), (problem, _, _) in tables.problems.items():
            if firm == firm_id:
                grouped[problem.reason, problem.scope, problem.name].append(case_id)
        groups = [
            ProblemGroup(
                *key,
                cases=len(ids),
                skipped=sum(tables.problems[firm_id, case_id][0].skipped for case_id in ids),
                since=min(tables.problem_times[firm_id, case_id] for case_id in ids),
                example=min(ids),
            )
            for key, ids in grouped.items()
        ]
        return sorted(groups, key=lambda g: (g.since, g.reason.value, g.scope, g.name))[:limit]

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

    def called(self, firm_id: str, words: str, limit: int) -> Sequence[str]:
        words = storable(words).strip()
        rows = self._transaction.tables.cases.items()
        return [number for (firm, number), case in rows if firm == firm_id and _is_called(case, words)][
            :limit
        ]

    def cases(
        self,
        firm_id: str,
        wanted: CaseFilter,
        before: tuple[str, str] | None,
        limit: int,
        called: Sequence[str] = (),
    ) -> Sequence[CaseLine]:
        wanted = replace(wanted, words=storable(wanted.words))
        found = self._wanted(firm_id, wanted, called)
        found = [case for case in found if before is None or _place(case) < before]
        found.sort(key=_place, reverse=True)
        times = self._transaction.tables.case_times
        return [
            CaseLine(
                case.integration_id,
                case.readable_id,
                f"{case.client.first_name} {case.client.last_name}".strip(),
                case.practice_area,
                case.stage,
                case.closed,
                case.modified_at,
                times[firm_id, case.integration_id][1],
            )
            for case in found[:limit]
        ]

    def count_cases(self, firm_id: str, wanted: CaseFilter, most: int, called: Sequence[str] = ()) -> int:
        wanted = replace(wanted, words=storable(wanted.words))
        return min(len(self._wanted(firm_id, wanted, called)), most)

    def problems_called(self, firm_id: str, words: str, limit: int) -> Sequence[CaseProblem]:
        rows = sorted(self._transaction.tables.problems.items(), key=lambda row: row[0])
        return [
            problem
            for (firm, _), (problem, _, _) in rows
            if firm == firm_id
            and (problem.readable_id.startswith(words) or words.lower() in problem.client.lower())
        ][:limit]

    def last_seen(self, firm_id: str, integration_id: str) -> Seen | None:
        tables = self._transaction.tables
        newest = [run for run in reversed(tables.runs.values()) if run.firm_id == firm_id][:60]
        for run in newest:
            if (result := tables.results.get((run.run_id, integration_id))) is not None:
                at = run.ended_at or run.started_at
                return Seen(run.run_id, at, result.outcome, result.skip, result.detail)
        return None

    def results(
        self, run_id: int, outcome: Outcome | None, skip: SkipReason | None, after: str | None, limit: int
    ) -> Sequence[CaseResult]:
        return [
            result
            for result in FakeRuns(self._transaction).results(run_id, after=after)
            if outcome in (None, result.outcome) and skip in (None, result.skip)
        ][:limit]

    def _wanted(self, firm_id: str, wanted: CaseFilter, called: Sequence[str]) -> list[Case]:
        rows = self._transaction.tables.cases.items()
        return [case for (firm, _), case in rows if firm == firm_id and _matches(case, wanted, called)]


class FakeNames(Names):
    """Names by firm."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def replace(self, firm_id: str, names: Sequence[SourceName]) -> None:
        rows = self._transaction.tables.names
        for key in [key for key in rows if key[0] == firm_id]:
            del rows[key]
        for name in names:
            rows[firm_id, name.kind, name.name] = (name, self._transaction.now())

    def list(self, firm_id: str) -> Sequence[SourceName]:
        rows = self._transaction.tables.names.items()
        return [name for key, (name, _) in sorted(rows, key=lambda row: row[0]) if key[0] == firm_id]

    def read_at(self, firm_id: str) -> datetime | None:
        rows = self._transaction.tables.names.items()
        return max((at for key, (_, at) in rows if key[0] == firm_id), default=None)


def _place(case: Case) -> tuple[str, str]:
    return (case.readable_id, case.integration_id)


def _matches(case: Case, wanted: CaseFilter, called: Sequence[str]) -> bool:
    words = wanted.words.strip()
    return (
        (case.readable_id.startswith(words) or case.integration_id in (words, *called))
        and (not wanted.practice_area or wanted.practice_area == case.practice_area)
        and (not wanted.stage or wanted.stage == case.stage)
        and wanted.closed in (None, case.closed)
    )


def _is_called(case: Case, words: str) -> bool:
    first, _, last = words.lower().rpartition(" ")
    firsts, lasts = case.client.first_name.lower(), case.client.last_name.lower()
    named = lasts.startswith(last) and firsts.startswith(first.strip())
    return named if lasts else firsts.startswith(words.lower())
