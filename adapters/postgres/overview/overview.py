"""Firms at a glance, in Postgres."""

from collections.abc import Sequence
from typing import Final

from adapters.postgres.store.actors import firms_of
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.actor import Reach
from core.firm import ConnectionState
from core.overview import Behind, FirmAtAGlance, FirmOrder
from core.ports.overview import Overview
from core.storable import storable

_SQL: Final = Statements.beside(__file__)
_STATEMENTS: Final = {FirmOrder.NIGHT: "by_night", FirmOrder.PROBLEMS: "by_problems"}


class PostgresOverview(Overview):
    """See `core.ports.overview.Overview`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def firms(
        self, firms: Reach, order: FirmOrder, limit: int, *, behind: Behind | None = None, words: str = ""
    ) -> Sequence[FirmAtAGlance]:
        asked = {
            "firms": firms_of(firms),
            "words": storable(words),
            "firm_id": behind and storable(behind.firm_id),
            "good_at": behind and behind.good_at,
            "issues": behind.issues if behind else 0,
            "limit": limit,
        }
        return [
            FirmAtAGlance(firm_id, name, ConnectionState(connection), *others)
            for firm_id, name, connection, *others in self._session.rows(_SQL[_STATEMENTS[order]], asked)
        ]
