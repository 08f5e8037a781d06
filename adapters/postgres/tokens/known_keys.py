"""Which keys a process knows, told by the name of its connections: so others see it in the server's list."""

import hashlib
from collections.abc import Mapping
from typing import Final

_NAME: Final = "casebridge"
_MOST: Final = 7  # keys; the server keeps 63 characters of a name


def name_with_keys(keys: Mapping[str, bytes]) -> str:
    """Return the application name of a process that knows these keys. It tells nothing of what they are."""
    return f"{_NAME} k{'.'.join(mark_of(*named) for named in list(keys.items())[:_MOST])}"


def mark_of(key_id: str, key: bytes) -> str:
    """Return what stands for a key and its id: another key of the same id has another mark.

    It is a keyed digest of three bytes, from which the key does not follow.
    """
    return hashlib.blake2b(key_id.encode(), key=key, digest_size=3).hexdigest()
