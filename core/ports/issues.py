"""Port: problems that a person should look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from core.actor import Reach
from core.issue import Issue, IssueKind

LOOKED_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Settled:
    """What one look came to: how many issues were resolved, and after which one to go on (None: done)."""

    number: int
    after: int | None


class Issues(Protocol):
    """At most one open issue per (firm, kind, key); repeats update it."""

    def open(self, firm_id: str, kind: IssueKind, key: str, message: str) -> None:
        """Open an issue, or count one more of an open one. `message` holds no privileged content."""
        ...

    def resolve(self, firm_id: str, kind: IssueKind, key: str | None = None) -> int:
        """Resolve the open issue, or all of this kind if `key` is None. Their number."""
        ...

    def resolve_settled(
        self, firm_id: str | None = None, *, after: int = 0, limit: int = LOOKED_AT_ONCE
    ) -> Settled:
        """Resolve issues about held or failed deliveries of which none is left, of one firm or of all.

        Kinds DELIVERY_HELD and DELIVERY_FAILED, the key being the reason. A delivery that was let out of
        its hold, or replayed, counts as left until its attempt has come to an end. At most `limit` issues
        are looked at, those that were opened first; `after` goes on where the last look ended.
        """
        ...

    def list_open(
        self, firms: Reach, *, with_muted: bool = False, after: int = 0, limit: int | None = None
    ) -> Sequence[Issue]:
        """Return these firms' open issues, oldest first; those that are muted only if asked for.

        Only those with a higher number than `after`, up to `limit`.
        """
        ...

    def mute(self, firm_id: str, kind: IssueKind, key: str | None, until: datetime) -> None:
        """Leave the issue, or all of this kind if `key` is None, out of lists until then (UTC).

        It is opened, counted and resolved as before. A time in the past ends it.
        """
        ...

    def muted(self, firm_id: str, kind: IssueKind) -> list[str | None]:
        """Return the keys of this kind that are muted at present; None among them stands for all of it."""
        ...

    def unmute(self, firm_id: str, kind: IssueKind, key: str | None) -> None:
        """End the muting of the key, or whatever is muted of this kind if `key` is None."""
        ...
