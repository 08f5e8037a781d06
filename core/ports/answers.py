"""Port: answers to requests that carry a key of their sender's, so that each is carried out once."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from core.kept_answer import KeptAnswer


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """A request that came before under the key. `answer` is None while it is still carried out."""

    fingerprint: bytes
    answer: KeptAnswer | None


class Answers(Protocol):
    """Answers by the name of who asks, and key. Times are the store's own."""

    def begin(
        self, who: str, key: str, fingerprint: bytes, *, lease: timedelta, kept: timedelta
    ) -> KnownRequest | None:
        """Take the key for a request, or return the one that has it.

        A key is free again `kept` after it was taken, and `lease` after that where no answer came: whoever
        had it is gone. To be committed before the request is carried out.
        """
        ...

    def keep(self, who: str, key: str, answer: KeptAnswer) -> None:
        """Store what the request was answered."""
        ...

    def forget(self, who: str, key: str) -> None:
        """Free the key of a request that did nothing."""
        ...

    def purge(self, after: timedelta, limit: int) -> int:
        """Delete up to `limit` that were taken longer ago than that. Their number."""
        ...
