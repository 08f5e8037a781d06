"""Problems of cases in memory."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from core.case import SkipReason
from core.firm_view import ProblemGroup
from core.ports.problems import Problems
from core.problem import CURED_BY_STAGES, CaseProblem, UnmatchedName
from tests.fakes.transaction import Transaction


class FakeProblems(Problems):
    """Problems by (firm, case), each with the run and the settings version of its last try."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def settle(
        self, firm_id: str, run_id: int, version: int, tried: Collection[str], found: Sequence[CaseProblem]
    ) -> Mapping[str, SkipReason]:
        rows = self._transaction.tables.problems
        by_id = {problem.integration_id: problem for problem in found}
        cured = {}
        for case_id in set(tried) - by_id.keys():
            if (firm_id, case_id) in rows:
                cured[case_id] = rows.pop((firm_id, case_id))[0].reason
                del self._transaction.tables.problem_times[firm_id, case_id]
        for case_id, problem in by_id.items():
            rows[firm_id, case_id] = (problem, run_id, version)
            self._transaction.tables.problem_times.setdefault((firm_id, case_id), self._transaction.now())
        return cured

    def to_retry(
        self,
        firm_id: str,
        run_id: int,
        version: int,
        reasons: Collection[SkipReason] | None,
        limit: int,
        *,
        since: datetime | None = None,
    ) -> Sequence[CaseProblem]:
        due = [
            problem
            for (firm, _), (problem, tried_in, tried_with) in sorted(
                self._transaction.tables.problems.items(), key=lambda row: row[0]
            )
            if firm == firm_id
            and (tried_in != run_id or tried_with < version)
            and (reasons is None or problem.reason in reasons)
        ]
        if since is not None:
            timed = [(problem.modified_at, problem) for problem in due if problem.modified_at is not None]
            timed.sort(key=lambda row: (row[0], row[1].integration_id))
            due = [problem for at, problem in timed if at >= since]
        return due[:limit]

    def modified(self, firm_id: str, integration_ids: Sequence[str]) -> Mapping[str, datetime]:
        found = {problem.integration_id: problem for problem in self._of(firm_id) if problem.skipped}
        return {
            case_id: modified_at
            for case_id in integration_ids
            if case_id in found and (modified_at := found[case_id].modified_at)
        }

    def list(
        self, firm_id: str, reason: SkipReason | None = None, *, after: str = "", limit: int = 50
    ) -> Sequence[CaseProblem]:
        return [
            problem
            for problem in self._of(firm_id)
            if reason in (None, problem.reason) and problem.integration_id > after
        ][:limit]

    def get(self, firm_id: str, integration_id: str) -> CaseProblem | None:
        return next((p for p in self._of(firm_id) if p.integration_id == integration_id), None)

    def groups(self, firm_id: str, limit: int) -> Sequence[ProblemGroup]:
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

    def called(self, firm_id: str, words: str, limit: int) -> Sequence[CaseProblem]:
        rows = sorted(self._transaction.tables.problems.items(), key=lambda row: row[0])
        return [
            problem
            for (firm, _), (problem, _, _) in rows
            if firm == firm_id
            and (problem.readable_id.startswith(words) or words.lower() in problem.client.lower())
        ][:limit]

    def names(self, firm_id: str) -> Sequence[UnmatchedName]:
        counts = Counter(
            (p.reason, p.scope, p.name) for p in self._of(firm_id) if p.reason in CURED_BY_STAGES
        )
        names = [UnmatchedName(*key, number) for key, number in counts.items()]
        return sorted(names, key=lambda n: (-n.cases, n.reason.value, n.scope, n.name))

    def counts(self, firm_id: str) -> Mapping[SkipReason, int]:
        return Counter(problem.reason for problem in self._of(firm_id))

    def _of(self, firm_id: str) -> Sequence[CaseProblem]:
        rows = sorted(self._transaction.tables.problems.items(), key=lambda row: row[0])
        return [problem for (firm, _), (problem, _, _) in rows if firm == firm_id]
