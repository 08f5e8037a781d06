"""Who keeps the server from cleaning up."""

from typing import Final

from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.upkeep import OpenTransaction

_SQL: Final = Statements.beside(__file__)


def oldest_transaction(session: Session) -> OpenTransaction | None:
    """Return the oldest transaction of the database but this one; None where there is none."""
    row = session.row(_SQL["oldest"])
    if row is None:
        return None
    since, held_by, is_prepared, now = row
    return OpenTransaction("a prepared transaction" if is_prepared else held_by or "", since, now - since)
