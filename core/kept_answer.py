"""An answer that is kept, so that a request that comes again is not carried out again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

KEPT: Final = timedelta(hours=24)
MOST_BYTES: Final = 256 * 1024
LEASE: Final = timedelta(minutes=5)  # longer than any request takes; then its process is gone


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a request was answered. `body` is None where it held a secret, which is told once."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = b""

    def __repr__(self) -> str:
        return f"KeptAnswer({self.status})"
