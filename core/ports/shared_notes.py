"""Port: which cases are watched for shared notes, and which notes were seen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.actor import Reach
from core.shared_note import SeenNote


@dataclass(frozen=True, slots=True)
class Watch:
    """The store's time, and when the firm was looked at before (UTC; None: never)."""

    now: datetime
    before: datetime | None


@dataclass(frozen=True, slots=True)
class WatchedCase:
    """A case whose notes are to be read.

    `since` (UTC) is from when on its shared notes are messages. `is_known` is False until its notes have
    been read once: those older than `since` that are shared then are remembered and never announced.
    """

    integration_id: str
    since: datetime
    is_known: bool


class SharedNotes(Protocol):
    """What two-way messages remember. All times are the store's own."""

    def firms_due(self) -> Sequence[str]:
        """Return connected firms, not paused, that have two-way messages switched on."""
        ...

    def forget_switched_off(self) -> int:
        """Drop the starting points of firms that have it switched off. Their number.

        Switched on again they start anew, from then; which notes were seen stays remembered.
        """
        ...

    def watch(self, firm_id: str, active_for: timedelta) -> Watch:
        """Bring the watched cases up to date with the firm's open cases.

        The firm starts at the first call. A case starts with its firm, or when it was imported if that was
        later; a reopened one anew, when it was last changed. Closed cases are not watched. A case with a
        message delivered lately is active until `active_for` after that.
        """
        ...

    def mark_active(self, firm_id: str, cases: Collection[str], active_for: timedelta) -> None:
        """Let those of the cases that are watched be active for so long, or longer if they were."""
        ...

    def next(self, firm_id: str, *, limit: int, unread_for: timedelta, active: bool) -> Sequence[WatchedCase]:
        """Return watched cases never read or not for so long, longest unread first; or `active` ones only."""
        ...

    def mark_read(self, firm_id: str, integration_id: str, *, is_known: bool) -> None:
        """Put the case behind the others; `is_known` says that its notes were really read."""
        ...

    def ours(self, firm_id: str, note_ids: Collection[str]) -> set[str]:
        """Return those that messages of ours are stored as."""
        ...

    def seen(self, firms: Reach, note_id: str, limit: int) -> Sequence[SeenNote]:
        """Return where a shared note of this id was seen, by firm: no more than `limit`."""
        ...

    def remember(
        self, firm_id: str, integration_id: str, note_ids: Collection[str], *, announced: bool
    ) -> set[str]:
        """Remember notes as seen; return those that had not been: each once, whoever else asks."""
        ...
