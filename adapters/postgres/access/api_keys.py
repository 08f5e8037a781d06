"""API keys, in Postgres."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from adapters.postgres.access.digests import digest
from adapters.postgres.store.actors import firms_of, reach_from
from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.statements import Statements
from core.actor import Power, Reach
from core.api_key import ApiKey, NewKey
from core.ports.api_keys import ApiKeys
from core.storable import storable

# Who finds a key where it should not be, a scanner of sources for one, sees whose it is.
_PREFIX: Final = "casebridge_"
_SECRET_BYTES: Final = 32
_SHOWN: Final = len(_PREFIX) + 4
_SQL: Final = Statements.beside(__file__)


class PostgresApiKeys(ApiKeys):
    """See `core.ports.api_keys.ApiKeys`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self, name: str, scopes: frozenset[Power], firms: Reach, expires_at: datetime | None, made_by: str
    ) -> NewKey:
        secret = _PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        new = {
            "digest": digest(secret),
            "begins": secret[:_SHOWN],
            "name": name,
            "scopes": sorted(scopes),
            "firms": firms_of(firms),
            "expires_at": expires_at,
            "made_by": made_by,
        }
        [row] = self._session.rows(_SQL["add"], new)
        return NewKey(_key(row), secret)

    def find(self, secret: str) -> ApiKey | None:
        row = self._session.row(_SQL["find"], {"digest": digest(secret)})
        return None if row is None else _key(row)

    def get(self, key_id: int, within: Reach) -> ApiKey | None:
        row = self._session.row(_SQL["get"], {"key_id": key_id, "within": firms_of(within)})
        return None if row is None else _key(row)

    def list(
        self,
        within: Reach,
        limit: int = 100,
        *,
        with_over: bool = True,
        before: int | None = None,
        words: str = "",
    ) -> Sequence[ApiKey]:
        asked = {"with_over": with_over, "before": before, "words": storable(words), "limit": limit}
        mine = firms_of(within)
        if mine is None:
            rows = self._session.rows(_SQL["list"], asked)
        else:
            rows = self._session.rows(_SQL["list_of_firms"], asked | {"within": mine})
        return [_key(row) for row in rows]

    def good_named(self, name: str, within: Reach) -> ApiKey | None:
        asked = {"name": storable(name), "within": firms_of(within)}
        row = self._session.row(_SQL["good_named"], asked)
        return None if row is None else _key(row)

    def follow(self, key_id: int, by: int, overlap: timedelta) -> None:
        self._session.run(_SQL["follow"], {"key_id": key_id, "by": by, "overlap": overlap})

    def revoke(self, key_id: int) -> None:
        self._session.run(_SQL["revoke"], {"key_id": key_id})

    def note_use(self, key_id: int) -> None:
        self._session.run(_SQL["note_use"], {"key_id": key_id})

    def forget_firm(self, firm_id: str) -> None:
        for name in ("revoke_of_firm", "take_firm"):
            self._session.run(_SQL[name], {"firm_id": firm_id})


def _key(row: Row) -> ApiKey:
    key_id, name, begins, scopes, firms, *rest = row
    # A scope of a later release is none here.
    known = frozenset(Power(scope) for scope in scopes if scope in {power.value for power in Power})
    return ApiKey(key_id, name, begins, known, reach_from(firms), *rest)
