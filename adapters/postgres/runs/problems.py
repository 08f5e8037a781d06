"""Problems of cases in Postgres."""

import builtins
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.text import bulk
from core.case import SkipReason
from core.problem import CaseProblem, UnmatchedName

_CURE = """
delete from case_problems
using unnest(%(cured)s::text[]) as cured (integration_id)
where case_problems.firm_id = %(firm_id)s and case_problems.integration_id = cured.integration_id
returning case_problems.integration_id, case_problems.reason
"""
_KEEP = """
insert into case_problems (firm_id, integration_id, reason, skipped, readable_id, client, scope, name,
                           modified_at, tried_in, tried_with)
select %(firm_id)s, integration_id, reason, skipped, readable_id, client, scope, name, modified_at,
       %(run_id)s, %(version)s
from jsonb_to_recordset(%(rows)s::jsonb) as found (
    integration_id text, reason text, skipped boolean, readable_id text, client text, scope text, name text,
    modified_at timestamptz
)
order by integration_id collate "C"
on conflict (firm_id, integration_id) do update
set reason = excluded.reason,
    skipped = excluded.skipped,
    readable_id = excluded.readable_id,
    client = excluded.client,
    scope = excluded.scope,
    name = excluded.name,
    modified_at = excluded.modified_at,
    tried_in = excluded.tried_in,
    tried_with = excluded.tried_with,
    last_tried_at = now()
"""
_TO_RETRY = """
select integration_id, reason, skipped, readable_id, client, scope, name, modified_at
from case_problems
where firm_id = %(firm_id)s and (tried_in <> %(run_id)s or tried_with < %(version)s)
  and (%(reasons)s::text[] is null or reason = any(%(reasons)s))
order by integration_id
limit %(limit)s
"""
_MODIFIED = """
select integration_id, modified_at
from case_problems
where firm_id = %(firm_id)s and integration_id = any(%(ids)s) and skipped and modified_at is not null
"""
_LIST = """
select integration_id, reason, skipped, readable_id, client, scope, name, modified_at
from case_problems
where firm_id = %(firm_id)s and (%(reason)s::text is null or reason = %(reason)s)
  and integration_id > %(after)s collate "C"
order by integration_id
limit %(limit)s
"""
_NAMES = """
select reason, scope, name, count(*)
from case_problems
where firm_id = %(firm_id)s and reason = any(%(reasons)s)
group by reason, scope, name
order by count(*) desc, reason, scope, name
"""
_COUNTS = "select reason, count(*) from case_problems where firm_id = %(firm_id)s group by reason"
_NAMED = (SkipReason.PRACTICE_AREA_UNMAPPED.value, SkipReason.STAGE_UNMAPPED.value)


class PostgresProblems:
    """At most one problem a case."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def settle(
        self, firm_id: str, run_id: int, version: int, tried: Collection[str], found: Sequence[CaseProblem]
    ) -> Mapping[str, SkipReason]:
        """Keep what was found, cure the others that were tried. In the order of the key."""
        by_id = {problem.integration_id: problem for problem in found}
        cured = sorted(set(tried) - by_id.keys())
        gone = self._session.rows(_CURE, {"firm_id": firm_id, "cured": cured}) if cured else []
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
            self._session.run(_KEEP, step)
        return {integration_id: SkipReason(reason) for integration_id, reason in gone}

    def to_retry(
        self, firm_id: str, run_id: int, version: int, reasons: Collection[SkipReason] | None, limit: int
    ) -> Sequence[CaseProblem]:
        """Return what this run, with these settings, has still to try."""
        asked = {
            "firm_id": firm_id,
            "run_id": run_id,
            "version": version,
            "reasons": None if reasons is None else [reason.value for reason in reasons],
            "limit": limit,
        }
        return [_problem(row) for row in self._session.rows(_TO_RETRY, asked)]

    def modified(self, firm_id: str, integration_ids: Sequence[str]) -> Mapping[str, datetime]:
        """Return the cases' own times at their last try."""
        rows = self._session.rows(_MODIFIED, {"firm_id": firm_id, "ids": builtins.list(integration_ids)})
        return dict(rows)

    def list(
        self, firm_id: str, reason: SkipReason | None = None, *, after: str = "", limit: int = 50
    ) -> Sequence[CaseProblem]:
        """Return problems by integration id."""
        wanted = reason.value if reason else None
        asked = {"firm_id": firm_id, "reason": wanted, "after": after, "limit": limit}
        return [_problem(row) for row in self._session.rows(_LIST, asked)]

    def names(self, firm_id: str) -> Sequence[UnmatchedName]:
        """Return what matches nothing, most cases first."""
        rows = self._session.rows(_NAMES, {"firm_id": firm_id, "reasons": builtins.list(_NAMED)})
        return [UnmatchedName(SkipReason(reason), scope, name, cases) for reason, scope, name, cases in rows]

    def counts(self, firm_id: str) -> Mapping[SkipReason, int]:
        """Return the number of cases by reason."""
        rows = self._session.rows(_COUNTS, {"firm_id": firm_id})
        return {SkipReason(reason): number for reason, number in rows}


def _problem(row: Row) -> CaseProblem:
    integration_id, reason, *others = row
    return CaseProblem(integration_id, SkipReason(reason), *others)
