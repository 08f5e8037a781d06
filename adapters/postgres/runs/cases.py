"""Cases in Postgres."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.text import bulk
from core.case import Case, Client, StaffMember
from core.changes import FieldChange
from core.ports.cases import PastChange

# By joined keys, with no part of them a constant: see `deliveries/lanes.sql`.
_GET = """
select integration_id, readable_id, practice_area, stage, lead_attorney, attorneys, paralegals, description,
       case_date, closed, client_first_name, client_last_name, client_phone, client_email, modified_at
from unnest(%(firm_ids)s::text[], %(integration_ids)s::text[]) as wanted (firm_id, integration_id)
join cases using (firm_id, integration_id)
"""
_EXISTING = """
select cases.firm_id, cases.integration_id
from unnest(%(firm_ids)s::text[], %(integration_ids)s::text[]) as wanted (firm_id, integration_id)
join cases using (firm_id, integration_id)
"""
_SOME = """
select integration_id, readable_id
from cases
where firm_id = %(firm_id)s
order by modified_at desc nulls last
limit %(limit)s
"""
# In the order of the key, so that two writers wait for each other instead of deadlocking.
_SAVE = """
insert into cases (firm_id, integration_id, readable_id, practice_area, stage, lead_attorney, attorneys,
                   paralegals, description, case_date, closed, client_first_name, client_last_name,
                   client_phone, client_email, modified_at)
select %(firm_id)s, integration_id, readable_id, practice_area, stage, lead_attorney, attorneys,
       paralegals, description, case_date, closed, client_first_name, client_last_name,
       client_phone, client_email, modified_at
from jsonb_to_recordset(%(rows)s::jsonb) as saved (
    integration_id text, readable_id text, practice_area text, stage text, lead_attorney jsonb,
    attorneys jsonb, paralegals jsonb, description text, case_date date, closed boolean,
    client_first_name text, client_last_name text, client_phone text, client_email text,
    modified_at timestamptz
)
order by integration_id collate "C"
on conflict (firm_id, integration_id) do update
set readable_id = excluded.readable_id,
    practice_area = excluded.practice_area,
    stage = excluded.stage,
    lead_attorney = excluded.lead_attorney,
    attorneys = excluded.attorneys,
    paralegals = excluded.paralegals,
    description = excluded.description,
    case_date = excluded.case_date,
    closed = excluded.closed,
    modified_at = excluded.modified_at,
    updated_at = now()
"""


_LOCK = "select pg_advisory_xact_lock(hashtextextended('casebridge.cases:' || %(firm_id)s, 0))"
_RECORD_CHANGES = """
insert into case_changes (firm_id, integration_id, run_id, field, old, new)
select %(firm_id)s, integration_id, %(run_id)s, field, old, new
from jsonb_to_recordset(%(rows)s::jsonb) as change (integration_id text, field text, old jsonb, new jsonb)
"""
_CHANGES = """
select run_id, at, integration_id, field, old, new
from case_changes
where firm_id = %(firm_id)s and integration_id = %(integration_id)s
order by change_id desc
limit %(limit)s
"""


class PostgresCases:
    """Cases by (firm, integration id)."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock(self, firm_id: str) -> None:
        """Wait for others who store this firm's cases; they wait for this transaction."""
        self._session.rows(_LOCK, {"firm_id": firm_id})

    def get(self, firm_id: str, integration_ids: Sequence[str]) -> dict[str, Case]:
        """Return those of the firm's cases that are stored."""
        if not integration_ids:
            return {}
        wanted = list(dict.fromkeys(integration_ids))
        rows = self._session.rows(_GET, {"firm_ids": [firm_id] * len(wanted), "integration_ids": wanted})
        return {row[0]: _case(row) for row in rows}

    def existing(self, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return those (firm id, integration id) that are stored."""
        if not keys:
            return set()
        firm_ids, integration_ids = map(list, zip(*keys, strict=True))
        rows = self._session.rows(_EXISTING, {"firm_ids": firm_ids, "integration_ids": integration_ids})
        return {(firm_id, integration_id) for firm_id, integration_id in rows}

    def some(self, firm_id: str, limit: int) -> Sequence[tuple[str, str]]:
        """Return up to `limit` of the firm's cases, last changed first: (integration id, readable id)."""
        rows = self._session.rows(_SOME, {"firm_id": firm_id, "limit": limit})
        return [(integration_id, readable_id) for integration_id, readable_id in rows]

    def save(self, firm_id: str, cases: Sequence[Case]) -> None:
        """Insert or replace, all in one statement. A stored case's client stays as it is.

        Of a case that comes twice the last one counts, with the client of the first.
        """
        by_id: dict[str, Case] = {}
        for case in cases:
            first = by_id.get(case.integration_id)
            by_id[case.integration_id] = replace(case, client=first.client) if first else case
        if by_id:
            rows = bulk([_row(case) for case in by_id.values()])
            self._session.run(_SAVE, {"firm_id": firm_id, "rows": rows})

    def record_changes(self, firm_id: str, run_id: int, changes: Sequence[FieldChange]) -> None:
        """Remember what changed, and in which run."""
        if not changes:
            return
        rows = bulk(
            [
                {"integration_id": c.integration_id, "field": c.field, "old": c.old, "new": c.new}
                for c in changes
            ]
        )
        self._session.run(_RECORD_CHANGES, {"firm_id": firm_id, "run_id": run_id, "rows": rows})

    def changes(self, firm_id: str, integration_id: str, limit: int = 50) -> Sequence[PastChange]:
        """Return what changed about a case, newest first."""
        asked = {"firm_id": firm_id, "integration_id": integration_id, "limit": limit}
        return [
            PastChange(run_id, at, FieldChange(case_id, name, old, new))
            for run_id, at, case_id, name, old, new in self._session.rows(_CHANGES, asked)
        ]


def _row(case: Case) -> dict[str, Any]:
    return {
        "integration_id": case.integration_id,
        "readable_id": case.readable_id,
        "practice_area": case.practice_area,
        "stage": case.stage,
        "lead_attorney": case.lead_attorney.to_data(),
        "attorneys": [member.to_data() for member in case.attorneys],
        "paralegals": [member.to_data() for member in case.paralegals],
        "description": case.description,
        "case_date": case.case_date.isoformat() if case.case_date else None,
        "closed": case.closed,
        "client_first_name": case.client.first_name,
        "client_last_name": case.client.last_name,
        "client_phone": case.client.phone,
        "client_email": case.client.email,
        "modified_at": case.modified_at.isoformat(),
    }


def _case(row: Row) -> Case:
    (
        integration_id, readable_id, practice_area, stage, lead, attorneys, paralegals, description,
        case_date, closed, first_name, last_name, phone, email, modified_at,
    ) = row  # fmt: skip
    return Case(
        integration_id=integration_id,
        readable_id=readable_id,
        practice_area=practice_area,
        stage=stage,
        lead_attorney=StaffMember(**lead),
        attorneys=tuple(StaffMember(**member) for member in attorneys),
        paralegals=tuple(StaffMember(**member) for member in paralegals),
        description=description,
        case_date=case_date,
        closed=closed,
        client=Client(first_name, last_name, phone, email),
        modified_at=modified_at,
    )
