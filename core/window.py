"""Which cases a run looks at, and how it pages through them without missing any."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from core.errors import UnreadableAnswerError

FIRST_WINDOW: Final = timedelta(days=3653)  # ten years (Walkthrough, 03)
LATER_WINDOW: Final = timedelta(days=30)
# The end is open: a case that changes while the run reads moves to the end of the order, where the run
# meets it again. The day covers a server clock that runs ahead of ours.
OPEN_END: Final = timedelta(days=1)
MAX_REQUESTS: Final = 100_000

Row = tuple[str, datetime]  # integration id, modified at (UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """Cases modified from `since` to `until`, both inclusive, in UTC."""

    since: datetime
    until: datetime


def window_for(now: datetime, *, first: bool) -> Window:
    """Ten years for a firm's first run or after a reset, thirty days otherwise."""
    return Window(now - (FIRST_WINDOW if first else LATER_WINDOW), now + OPEN_END)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a run stands: ask for cases modified since `since`, page `page` (from 0).

    Pages are keyed by time, not by count: each full page moves `since` to its last row's time, so cases
    that change meanwhile cannot shift others past the reader. Only where more cases share one instant
    than fit a page does `page` count on; when that group ends, its last full page is read once more
    (`checking`), and where it has shifted, the group is read backwards (`rereading`): what leaves
    the group can then only move into pages still to be read.
    """

    since: datetime
    page: int = 0
    previous: tuple[str, ...] = ()  # ids of the page before, bounded by the page size
    full: int = 0  # rows of the largest page seen: servers may cap the page size we ask for
    checking: bool = False
    rereading: bool = False
    resume_since: datetime | None = None  # where to go on after checking; None there means the end
    by_count: bool = False  # the server does not order by time: count pages, then look for changes once
    requests: int = 0

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form."""
        data = asdict(self)
        data["since"] = self.since.isoformat()
        data["resume_since"] = self.resume_since.isoformat() if self.resume_since else None
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Cursor":
        """Read what `to_data` wrote."""
        resume = data["resume_since"]
        return cls(
            **{
                **data,
                "since": datetime.fromisoformat(data["since"]),
                "previous": tuple(data["previous"]),
                "resume_since": datetime.fromisoformat(resume) if resume else None,
            }
        )


def advance(cursor: Cursor, rows: Sequence[Row], run_started: datetime) -> Cursor | None:
    """Return where to read next after a page brought `rows`, or None when all has been read.

    Raises UnreadableAnswerError when MAX_REQUESTS pages do not come to an end.
    """
    if cursor.requests >= MAX_REQUESTS:
        raise UnreadableAnswerError(
            f"the case search did not come to an end within {MAX_REQUESTS} pages; "
            "check the firm's search settings (page size, sort order) against its SmartAdvocate"
        )
    cursor = replace(cursor, requests=cursor.requests + 1)
    ids = tuple(integration_id for integration_id, _ in rows)
    times = [modified for _, modified in rows]
    if cursor.rereading:
        return _reread(cursor)
    if cursor.checking:
        return _checked(cursor, ids)
    repeated = not ids or (cursor.page > 0 and set(ids) <= set(cursor.previous))
    if cursor.by_count:
        return _count_on(cursor, ids, repeated, run_started)
    if any(later < earlier for earlier, later in pairwise(times)):
        return replace(cursor, by_count=True, page=cursor.page + 1, previous=ids)
    seen = replace(cursor, full=max(cursor.full, len(ids)))
    if not repeated and times[-1] <= cursor.since:
        return replace(seen, page=cursor.page + 1, previous=ids)
    following = None if repeated else times[-1]
    if cursor.page > 0 and len(cursor.previous) >= seen.full:
        return replace(seen, checking=True, page=cursor.page - 1, resume_since=following)
    return _go_on(replace(seen, previous=ids), following)


def _go_on(cursor: Cursor, since: datetime | None) -> Cursor | None:
    if since is None:
        return None
    return replace(cursor, since=since, page=0, checking=False, rereading=False, resume_since=None)


def _checked(cursor: Cursor, ids: tuple[str, ...]) -> Cursor | None:
    if ids == cursor.previous or cursor.page == 0:
        return _go_on(cursor, cursor.resume_since)
    return replace(cursor, checking=False, rereading=True, page=cursor.page - 1)


def _reread(cursor: Cursor) -> Cursor | None:
    if cursor.page == 0:
        return _go_on(cursor, cursor.resume_since)
    return replace(cursor, page=cursor.page - 1)


def _count_on(cursor: Cursor, ids: tuple[str, ...], repeated: bool, started: datetime) -> Cursor | None:
    if not repeated:
        return replace(cursor, page=cursor.page + 1, previous=ids)
    if cursor.since >= started:
        return None
    return replace(cursor, since=started, page=0, previous=())
