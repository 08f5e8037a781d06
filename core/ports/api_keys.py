"""Port: API keys."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from core.actor import Power, Reach
from core.api_key import ApiKey, NewKey


class ApiKeys(Protocol):
    """Keys are never deleted, so that the past can be told. Secrets are unguessable, stored as digests alone.

    Who does not reach all of a key's firms does not see the key.
    """

    def add(
        self, name: str, scopes: frozenset[Power], firms: Reach, expires_at: datetime | None, made_by: str
    ) -> NewKey:
        """Make a key."""
        ...

    def find(self, secret: str) -> ApiKey | None:
        """Return the key of this secret, whatever its state; None for an unknown one."""
        ...

    def get(self, key_id: int, within: Reach) -> ApiKey | None:
        """Return the key, if all its firms are among these. It stays locked until the transaction ends."""
        ...

    def list(
        self,
        within: Reach,
        limit: int = 100,
        *,
        with_over: bool = True,
        before: int | None = None,
        words: str = "",
    ) -> Sequence[ApiKey]:
        """Return the keys whose firms are all among these, the newest first, below the number `before`.

        Without `with_over` those alone that open something now. `words` stand in a key's name, whatever their
        letters' case, or are the id of one of its firms.
        """
        ...

    def good_named(self, name: str, within: Reach) -> ApiKey | None:
        """Return the newest key of exactly this name that opens something now; its firms are among these."""
        ...

    def follow(self, key_id: int, by: int, overlap: timedelta) -> None:
        """Let the key end `overlap` from now, or as it would have before, because another one follows it."""
        ...

    def revoke(self, key_id: int) -> None:
        """Let the key open nothing any more. What was revoked before keeps its time."""
        ...

    def note_use(self, key_id: int) -> None:
        """Note that the key is in use now."""
        ...

    def forget_firm(self, firm_id: str) -> None:
        """Take the firm from all keys, and revoke those that are left without any."""
        ...
