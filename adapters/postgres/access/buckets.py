"""Tries to sign in and requests to the API, in Postgres: of each bucket, when it will be full again."""

from datetime import timedelta
from typing import Final

from adapters.postgres.access.digests import digest
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.ports.buckets import Buckets

_SQL: Final = Statements.beside(__file__)


class PostgresBuckets(Buckets):
    """See `core.ports.buckets.Buckets`. The table has its name from when it held tries to sign in alone."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take(self, who: str, per_s: float, at_once: int) -> float:
        one = timedelta(seconds=1 / per_s)
        asked = {"who": digest(who), "one": one, "whole": one * at_once}
        if self._session.row(_SQL["take"], asked) is not None:
            return 0.0
        [[wait]] = self._session.rows(_SQL["wait"], asked)
        return max(0.001, float(wait))

    def note(self, who: str, per_s: float, at_once: int, number: int) -> float:
        one = timedelta(seconds=1 / per_s)
        asked = {"who": digest(who), "one": one, "whole": one * at_once, "noted": one * number}
        [[wait]] = self._session.rows(_SQL["note"], asked)
        return float(wait)
