"""Problems of cases in Postgres."""

import builtins
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.text import bulk
from core.case import SkipReason
from core.firm_view import ProblemGroup
from core.ports.problems import Problems
from core.problem import CaseProblem, UnmatchedName
from core.storable import storable

_SQL: Final = Statements.beside(__file__)
_NAMED = (SkipReason.PRACTICE_AREA_UNMAPPED.value, SkipReason.STAGE_UNMAPPED.value)


class PostgresProblems(Problems):
    """See `core.ports.problems.Problems`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def settle(
        self, firm_id: str, run_id: int, version: int, tried: Collection[str], found: Sequence[CaseProblem]
    ) -> Mapping[str, SkipReason]:
        by_id = {problem.integration_id: problem for problem in found}
        cured = sorted(set(tried) - by_id.keys())
        gone = self._session.rows(_SQL["cure"], {"firm_id": firm_id, "cured": cured}) if cured else []
        if by_id:
            rows = bulk(
                [
                    {
                        "integration_id": problem.integration_id,
                        "reason": problem.reason.value,
                        "skipped": problem.skipped,
                        "readable_id": problem.readable_id,
                        "client": problem.client,
                        "scope": problem.scope,
                        "name": problem.name,
                        "modified_at": problem.modified_at.isoformat() if problem.modified_at else None,
                    }
                    for problem in by_id.values()
                ]
            )
            step = {"firm_id": firm_id, "run_id": run_id, "version": version, "rows": rows}
            self._session.run(_SQL["keep"], step)
        return {integration_id: SkipReason(reason) for integration_id, reason in gone}

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
        asked = {
            "firm_id": firm_id,
            "run_id": run_id,
            "version": version,
            "reasons": None if reasons is None else [reason.value for reason in reasons],
            "limit": limit,
        }
        if since is not None:
            rows = self._session.rows(_SQL["to_retry_by_time"], {**asked, "since": since})
        else:
            rows = self._session.rows(_SQL["to_retry"], asked)
        return [_problem(row) for row in rows]

    def modified(self, firm_id: str, integration_ids: Sequence[str]) -> Mapping[str, datetime]:
        rows = self._session.rows(
            _SQL["modified"], {"firm_id": firm_id, "ids": builtins.list(integration_ids)}
        )
        return dict(rows)

    def list(
        self, firm_id: str, reason: SkipReason | None = None, *, after: str = "", limit: int = 50
    ) -> Sequence[CaseProblem]:
        wanted = reason.value if reason else None
        asked = {"firm_id": firm_id, "reason": wanted, "after": after, "limit": limit}
        return [_problem(row) for row in self._session.rows(_SQL["list"], asked)]

    def get(self, firm_id: str, integration_id: str) -> CaseProblem | None:
        asked = {"firm_id": firm_id, "integration_id": storable(integration_id)}
        row = self._session.row(_SQL["get"], asked)
        return _problem(row) if row else None

    def groups(self, firm_id: str, limit: int) -> Sequence[ProblemGroup]:
        rows = self._session.rows(_SQL["groups"], {"firm_id": firm_id, "limit": limit})
        return [ProblemGroup(SkipReason(reason), *others) for reason, *others in rows]

    def called(self, firm_id: str, words: str, limit: int) -> Sequence[CaseProblem]:
        asked = {"firm_id": firm_id, "words": storable(words), "limit": limit}
        return [_problem(row) for row in self._session.rows(_SQL["called"], asked)]

    def names(self, firm_id: str) -> Sequence[UnmatchedName]:
        rows = self._session.rows(_SQL["names"], {"firm_id": firm_id, "reasons": builtins.list(_NAMED)})
        return [UnmatchedName(SkipReason(reason), scope, name, cases) for reason, scope, name, cases in rows]

    def counts(self, firm_id: str) -> Mapping[SkipReason, int]:
        rows = self._session.rows(_SQL["counts"], {"firm_id": firm_id})
        return {SkipReason(reason): number for reason, number in rows}


def _problem(row: Row) -> CaseProblem:
    integration_id, reason, *others = row
    return CaseProblem(integration_id, SkipReason(reason), *others)
