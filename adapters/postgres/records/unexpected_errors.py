"""How often which unexpected errors came, for the metrics."""

from typing import Final

from adapters.postgres.store.errors import translating
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements

_SQL: Final = Statements.beside(__file__)
_WITHIN_S: Final = 1.0  # for a connection: whoever counts has work to go on with


class PostgresUnexpectedErrors:
    """Counts for all processes. Each count is a transaction of its own."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def count(self, doing: str, error_type: str) -> None:
        """Count one. Raises TransientError while the store is out of reach."""
        with translating(), self._pool.connection(timeout=_WITHIN_S) as connection:
            Session(connection).run(_SQL["count"], {"doing": doing, "error_type": error_type})
