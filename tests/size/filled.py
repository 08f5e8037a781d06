"""Fill a migrated database, to any size."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from adapters.postgres.firms.firm_row import settings_of
from adapters.postgres.store.statements import Statements
from core.actor import Actor, Role
from core.case import StaffMember
from core.firm import Firm
from core.permission import Grant, Permission, Right
from core.stage import PracticeArea, PracticeAreas, Stage
from core.verification import Check, CheckName, Verification, VerifiedCase

_SQL: Final = Statements.beside(__file__.replace("filled", "fill"))
# Without it each statement would plan for tables that are still empty.
_ANALYZE_AFTER: Final = {"firms", "cases", "runs", "deliveries", "lanes", "issues", "letters"}
_OTHER_INDEXES: Final = """
select indexrelid::regclass::text, pg_get_indexdef(indexrelid)
from pg_index
join pg_class on pg_class.oid = indrelid
where relnamespace = current_schema()::regnamespace and not indisunique
order by 1
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How many there are of the three; of everything else as many as belong to them."""

    firms: int
    cases: int
    deliveries: int


FULL: Final = Size(firms=10_000, cases=1_000_000, deliveries=2_000_000)
SMALL: Final = Size(firms=500, cases=2_000, deliveries=4_000)


def fill(database_url: str, size: Size) -> None:
    """Fill an empty, migrated database, and tell its planner; at full size that takes some minutes."""
    parameters = {
        "firms": size.firms,
        "cases": size.cases,
        "deliveries": size.deliveries,
        "attorney": Jsonb(StaffMember("Ada", "Attorney", "ada@firm.test", "attorney").to_data()),
        "verification": Jsonb(_verification().to_data()),
        "permissions": Jsonb(
            {"permissions": [Permission(right, Grant.GRANTED).to_data() for right in Right]}
        ),
        "settings": Jsonb(settings_of(Firm("firm", "A firm", practice_areas=_areas()))),
    }
    with psycopg.connect(database_url, prepare_threshold=None) as connection:
        connection.execute(
            "set synchronous_commit = off; set maintenance_work_mem = '256MB'; set work_mem = '64MB'"
        )
        indexes = connection.execute(_OTHER_INDEXES).fetchall()
        for name, _ in indexes:
            connection.execute(sql.SQL("drop index {}").format(sql.Identifier(name)))
        for name in _SQL.names():
            _run(connection, _SQL[name], parameters)
            if name in _ANALYZE_AFTER:
                connection.execute(sql.SQL("analyze {}").format(sql.Identifier(name)))
        for _, definition in indexes:
            connection.execute(definition)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("vacuum analyze")


def _run(connection: psycopg.Connection[Any], statement: LiteralString, parameters: dict[str, Any]) -> None:
    # As the server reads it, with what looks like a parameter to psycopg left alone.
    cursor = psycopg.ClientCursor(connection)
    cursor.execute(statement, parameters)


def _verification() -> Verification:
    checks = tuple(Check(name, passed=True, detail="seen") for name in CheckName)
    cases = tuple(VerifiedCase(str(300_000 + number), f"R-{number}", checks) for number in range(1, 4))
    at = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
    return Verification(
        "firm1", at, Actor("ada", Role.FIRM_ADMIN, frozenset({"firm1"})), wrote=False, cases=cases
    )


def _areas() -> PracticeAreas:
    stages = tuple(Stage(f"Stage {number}") for number in range(9))
    return PracticeAreas(
        tuple(PracticeArea(name, stages) for name in ("Auto", "Premises", "Medical", "Work"))
    )
