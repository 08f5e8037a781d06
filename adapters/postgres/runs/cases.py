"""Cases in Postgres."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, LiteralString

from adapters.postgres.store.actors import firms_of
from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.text import bulk
from core.actor import Reach
from core.case import Case, Client, StaffMember
from core.changes import CaseAsOf, FieldChange, PastChange
from core.firm_view import CaseFilter, CaseLine
from core.ports.cases import Cases
from core.storable import storable

_SQL: Final = Statements.beside(__file__)
LOOKED_AT: Final = 1_000
_WANTED: Final = "/* wanted */"


class PostgresCases(Cases):
    """See `core.ports.cases.Cases`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock(self, firm_id: str) -> None:
        self._session.rows(_SQL["lock"], {"firm_id": firm_id})

    def get(self, firm_id: str, integration_ids: Sequence[str]) -> dict[str, Case]:
        if not integration_ids:
            return {}
        wanted = list(dict.fromkeys(integration_ids))
        rows = self._session.rows(
            _SQL["get"], {"firm_ids": [firm_id] * len(wanted), "integration_ids": wanted}
        )
        return {row[0]: _case(row) for row in rows}

    def existing(self, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        if not keys:
            return set()
        firm_ids, integration_ids = map(list, zip(*keys, strict=True))
        rows = self._session.rows(
            _SQL["existing"], {"firm_ids": firm_ids, "integration_ids": integration_ids}
        )
        return {(firm_id, integration_id) for firm_id, integration_id in rows}

    def number(self, firm_id: str) -> int:
        [[number]] = self._session.rows(_SQL["number"], {"firm_id": firm_id})
        return int(number)

    def some(self, firm_id: str, limit: int) -> Sequence[tuple[str, str]]:
        rows = self._session.rows(_SQL["some"], {"firm_id": firm_id, "limit": limit, "looked_at": LOOKED_AT})
        return [(integration_id, readable_id) for integration_id, readable_id in rows]

    def save(self, firm_id: str, cases: Sequence[Case]) -> None:
        by_id: dict[str, Case] = {}  # of a case that comes twice the last one counts, with the first's client
        for case in cases:
            first = by_id.get(case.integration_id)
            by_id[case.integration_id] = replace(case, client=first.client) if first else case
        if by_id:
            rows = bulk([_row(case) for case in by_id.values()])
            self._session.run(_SQL["save"], {"firm_id": firm_id, "rows": rows})

    def record_changes(self, firm_id: str, run_id: int, changes: Sequence[FieldChange]) -> None:
        if not changes:
            return
        rows = bulk(
            [
                {"integration_id": c.integration_id, "field": c.field, "old": c.old, "new": c.new}
                for c in changes
            ]
        )
        self._session.run(_SQL["record_changes"], {"firm_id": firm_id, "run_id": run_id, "rows": rows})

    def changes(
        self, firm_id: str, integration_id: str, limit: int = 50, *, before: int | None = None
    ) -> Sequence[PastChange]:
        asked = {"firm_id": firm_id, "integration_id": integration_id, "limit": limit, "before": before}
        return [
            PastChange(run_id, at, FieldChange(case_id, name, old, new), number)
            for run_id, at, case_id, name, old, new, number in self._session.rows(_SQL["changes"], asked)
        ]

    def changed(self, firm_id: str, after: tuple[datetime, str], limit: int) -> Sequence[CaseAsOf]:
        asked = {"firm_id": firm_id, "at": after[0], "id": storable(after[1]), "limit": limit}
        rows = self._session.rows(_SQL["changed"], asked)
        return [CaseAsOf(firm_id, _case(row[:-1]), row[-1]) for row in rows]

    def changed_at(self, firm_id: str, integration_id: str) -> datetime | None:
        row = self._session.row(_SQL["changed_at"], {"firm_id": firm_id, "integration_id": integration_id})
        return row[0] if row else None

    def firms_with(self, firms: Reach, integration_id: str, limit: int) -> Sequence[str]:
        asked = {"firms": firms_of(firms), "integration_id": storable(integration_id), "limit": limit}
        return [firm_id for (firm_id,) in self._session.rows(_SQL["firms_with"], asked)]

    def called(self, firm_id: str, words: str, limit: int) -> Sequence[str]:
        words = storable(words.strip())
        first, _, last = words.rpartition(" ")
        asked = {
            "firm_id": firm_id,
            "words": words,
            "first": _literal(first.strip()) + "%",
            "last": last,
            "limit": limit,
        }
        return [case_id for (case_id,) in self._session.rows(_SQL["called"], asked)]

    def list(
        self,
        firm_id: str,
        wanted: CaseFilter,
        before: tuple[str, str] | None,
        limit: int,
        called: Sequence[str] = (),
    ) -> Sequence[CaseLine]:
        statement = _SQL["list_by_words" if storable(wanted.words).strip() else "list"]
        statement, parameters = statement_of_cases(statement, firm_id, wanted, before, called)
        return [CaseLine(*row) for row in self._session.rows(statement, {**parameters, "limit": limit})]

    def count(self, firm_id: str, wanted: CaseFilter, most: int, called: Sequence[str] = ()) -> int:
        statement = _SQL["count_by_words" if storable(wanted.words).strip() else "count"]
        statement, parameters = statement_of_cases(statement, firm_id, wanted, None, called)
        [[number]] = self._session.rows(statement, {**parameters, "limit": most})
        return int(number)


def statement_of_cases(
    statement: LiteralString,
    firm_id: str,
    wanted: CaseFilter,
    before: tuple[str, str] | None,
    called: Sequence[str] = (),
) -> tuple[LiteralString, dict[str, Any]]:
    """Return the statement for what is wanted, and its parameters; `called` are cases whose clients match."""
    words = storable(wanted.words.strip())
    number, integration_id = before or ("", "")
    parameters: dict[str, Any] = {
        "firm_id": firm_id,
        "words": words,
        "called": [words, *called],
        "practice_area": wanted.practice_area and storable(wanted.practice_area),
        "stage": wanted.stage and storable(wanted.stage),
        "closed": wanted.closed,
        "number": storable(number),
        "id": storable(integration_id),
    }
    asked_for: tuple[tuple[LiteralString, bool], ...] = (
        ("before", before is not None),
        ("practice_area", bool(wanted.practice_area)),
        ("stage", bool(wanted.stage)),
        ("closed", wanted.closed is not None),
    )
    conditions: LiteralString = ""
    for name, is_asked_for in asked_for:
        if is_asked_for:
            conditions += " and " + _SQL[f"cases_where_{name}"]
    return statement.replace(_WANTED, conditions), parameters


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
        "closes_at": case.closes_at.isoformat() if case.closes_at else None,
    }


def _case(row: Row) -> Case:
    (
        integration_id, readable_id, practice_area, stage, lead, attorneys, paralegals, description,
        case_date, closed, first_name, last_name, phone, email, modified_at, closes_at,
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
        closes_at=closes_at,
    )


def _literal(text: str) -> str:
    """Return the text with what `like` gives a meaning taken as it is."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
