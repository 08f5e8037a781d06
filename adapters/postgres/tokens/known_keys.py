"""Which keys a process knows, told by the name of its connections: so others see it in the server's list."""

import hashlib
from collections.abc import Iterable
from typing import Final

_NAME: Final = "casebridge"
_MOST: Final = 7  # keys; the server keeps 63 characters of a name


def name_with_keys(key_ids: Iterable[str]) -> str:
    """Return the application name of a process that knows these keys. It tells nothing of what they are."""
    return f"{_NAME} k{'.'.join(mark_of(key_id) for key_id in list(key_ids)[:_MOST])}"


def mark_of(key_id: str) -> str:
    """Return what stands for a key's id."""
    return hashlib.blake2b(key_id.encode(), digest_size=3).hexdigest()
