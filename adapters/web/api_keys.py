"""API keys: who may send events."""

import hashlib
import hmac
from collections.abc import Mapping


class ApiKeys:
    """Named keys, compared in constant time; only their digests stay in memory."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._digests = {name: _digest(key) for name, key in keys.items()}

    def name_of(self, presented: str) -> str | None:
        """Return the name of the key presented, or None."""
        digest = _digest(presented)
        names = [name for name, known in self._digests.items() if hmac.compare_digest(known, digest)]
        return names[0] if names else None

    def __bool__(self) -> bool:
        return bool(self._digests)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
