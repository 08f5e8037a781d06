"""API keys in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.actor import Power, Reach, covers
from core.api_key import ApiKey, NewKey
from core.ports.api_keys import ApiKeys
from core.storable import storable
from tests.fakes.sessions import without
from tests.fakes.transaction import Transaction


class FakeApiKeys(ApiKeys):
    """Keys by number. The secret tells it."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(
        self, name: str, scopes: frozenset[Power], firms: Reach, expires_at: datetime | None, made_by: str
    ) -> NewKey:
        number, now = self._transaction.next_id(), self._transaction.now()
        secret = f"casebridge_{number:04}-secret"
        key = ApiKey(number, name, secret[:15], scopes, firms, now, made_by, expires_at)
        self._rows[number] = key
        return NewKey(key, secret)

    def find(self, secret: str) -> ApiKey | None:
        return next((key for key in self._rows.values() if secret == f"{key.begins}-secret"), None)

    def get(self, key_id: int, within: Reach) -> ApiKey | None:
        key = self._rows.get(key_id)
        return key if key is not None and _is_seen(key, within) else None

    def list(
        self,
        within: Reach,
        limit: int = 100,
        *,
        with_over: bool = True,
        before: int | None = None,
        words: str = "",
    ) -> Sequence[ApiKey]:
        now, words = self._transaction.now(), storable(words)
        rows = [
            key
            for number, key in sorted(self._rows.items(), reverse=True)
            if _is_seen(key, within)
            and (before is None or number < before)
            and (with_over or key.opens(now))
            and (
                words.lower() in key.name.lower() or (isinstance(key.firms, frozenset) and words in key.firms)
            )
        ]
        return rows[:limit]

    def good_named(self, name: str, within: Reach) -> ApiKey | None:
        good = self.list(within, len(self._rows), with_over=False)
        return next((key for key in good if key.name == name), None)

    def follow(self, key_id: int, by: int, overlap: timedelta) -> None:
        key, end = self._rows[key_id], self._transaction.now() + overlap
        ends_at = end if key.expires_at is None else min(end, key.expires_at)
        self._rows[key_id] = replace(key, followed_by=by, expires_at=ends_at)

    def revoke(self, key_id: int) -> None:
        key = self._rows[key_id]
        if key.revoked_at is None:
            self._rows[key_id] = replace(key, revoked_at=self._transaction.now())

    def note_use(self, key_id: int) -> None:
        self._rows[key_id] = replace(self._rows[key_id], used_at=self._transaction.now())

    def forget_firm(self, firm_id: str) -> None:
        for number, key in list(self._rows.items()):
            left = without(key.firms, firm_id)
            if key.firms and not left:
                self.revoke(number)
            self._rows[number] = replace(self._rows[number], firms=left)

    @property
    def _rows(self) -> dict[int, ApiKey]:
        return self._transaction.tables.api_keys


def _is_seen(key: ApiKey, within: Reach) -> bool:
    return covers(within, key.firms) and (bool(key.firms) or not isinstance(within, frozenset))
