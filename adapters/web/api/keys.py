"""API keys: which program is asking, and what it may do."""

import hashlib
import hmac
from collections.abc import Iterable

from core.actor import Actor


class ApiKeys:
    """Keys with the actors they stand for, compared in constant time; only their digests stay in memory."""

    def __init__(self, granted: Iterable[tuple[Actor, str]]) -> None:
        self._actors = [(_digest(key), actor) for actor, key in granted]

    def actor_of(self, presented: str) -> Actor | None:
        """Return who presents the key, or None."""
        digest = _digest(presented)
        actors = [actor for known, actor in self._actors if hmac.compare_digest(known, digest)]
        return actors[0] if actors else None


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
