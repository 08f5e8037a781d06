"""The names that firms' SmartAdvocates use, in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.text import bulk
from core.firm_view import NameKind, SourceName
from core.ports.source_names import SourceNames

_SQL: Final = Statements.beside(__file__)


class PostgresSourceNames(SourceNames):
    """See `core.ports.source_names.SourceNames`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def replace(self, firm_id: str, names: Sequence[SourceName]) -> None:
        self._session.run(_SQL["forget"], {"firm_id": firm_id})
        by_name = {(name.kind, name.name): name for name in names}
        if by_name:
            rows = bulk(
                [
                    {"kind": n.kind.value, "name": n.name, "within": n.within, "cases": n.cases}
                    for n in by_name.values()
                ]
            )
            self._session.run(_SQL["keep"], {"firm_id": firm_id, "rows": rows})

    def list(self, firm_id: str) -> Sequence[SourceName]:
        rows = self._session.rows(_SQL["list"], {"firm_id": firm_id})
        return [SourceName(NameKind(kind), name, within, cases) for kind, name, within, cases in rows]

    def read_at(self, firm_id: str) -> datetime | None:
        row = self._session.row(_SQL["read_at"], {"firm_id": firm_id})
        return row[0] if row else None
