"""What is stored of a secret that somebody else keeps."""

import hashlib
from typing import Final

_MAX_PRESENTED: Final = 200  # characters of what a browser or a program brings


def digest(presented: str) -> bytes:
    """Return the SHA-256 of a secret. Ours have 256 bits of chance: a slow hash would add nothing."""
    return hashlib.sha256(presented[:_MAX_PRESENTED].encode("utf-8", "replace")).digest()
