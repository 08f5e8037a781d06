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
JUST_LATER: Final = timedelta(milliseconds=1)  # the finest step that requests can name
CLOCK_DIFFERENCE: Final = timedelta(hours=1)  # by which a server's clock may be behind ours
MAX_REQUESTS: Final = 100_000

Row = tuple[str, datetime | None]  # integration id, modified at (UTC; None where it cannot be read)


@dataclass(frozen=True, slots=True)
class Window:
    """Cases modified from `since` to `until`, both inclusive, in UTC."""

    since: datetime
    until: datetime


def window_for(now: datetime, *, first: bool) -> Window:
    """Ten years for a firm's first run or after a reset, thirty days otherwise."""
    return Window(now - (FIRST_WINDOW if first else LATER_WINDOW), now + OPEN_END)


def covers_everything(window: Window) -> bool:
    """Tell whether it is a window of ten years, which holds every case of the firm."""
    return window.until - window.since > FIRST_WINDOW


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a run stands: ask for cases modified since `since`, page `page` (from 0).

    Pages are keyed by time, not by count: each page moves `since` to its last row's time, so cases that
    change meanwhile cannot shift others past the reader. Only where more cases share one instant than fit
    a page does `page` count on. A case that leaves such a group moves those behind it forward, past a
    reader who counts up; so the group is then read once more from its end to its beginning (`rereading`),
    where what moves forward moves into pages still to be read.
    """

    since: datetime
    page: int = 0
    previous: tuple[str, ...] = ()  # ids of the page before, bounded by the page size
    start: datetime | None = None  # where the window begins
    rereading: bool = False
    resume_since: datetime | None = None  # where to go on after rereading; None there means the end
    last_look: bool = False  # nothing was left; once more for what changed since
    by_count: bool = False  # the server does not order by time: count pages, then look for changes once
    catching_up: bool = False  # that look
    requests: int = 0

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Cursor":
        """Read what `to_data` wrote."""
        instants = {
            name: datetime.fromisoformat(data[name])
            for name in ("since", "start", "resume_since")
            if data[name] is not None
        }
        return cls(**{**data, **instants, "previous": tuple(data["previous"])})


def advance(cursor: Cursor, rows: Sequence[Row], run_started: datetime) -> Cursor | None:
    """Return where to read next after a page brought `rows`, or None when all has been read.

    Raises UnreadableAnswerError when MAX_REQUESTS pages do not come to an end.
    """
    if cursor.requests >= MAX_REQUESTS:
        raise UnreadableAnswerError(
            f"the case search did not come to an end within {MAX_REQUESTS} pages; "
            "check the firm's search settings (page size, sort order) against its SmartAdvocate"
        )
    cursor = replace(cursor, requests=cursor.requests + 1, start=cursor.start or cursor.since)
    if cursor.rereading:
        return _reread(cursor)
    ids = tuple(integration_id for integration_id, _ in rows)
    times = [modified for _, modified in rows if modified is not None]
    known = cursor.page > 0 and set(ids) <= set(cursor.previous)
    if cursor.by_count:
        return _count_on(cursor, ids, not ids or known, run_started)
    if any(later < earlier for earlier, later in pairwise(times)):
        return _start_counting(cursor, ids)
    latest = times[-1] if times else None
    if cursor.page == 0 and (not ids or (cursor.last_look and latest is not None and latest < cursor.since)):
        return None
    following = latest if latest is not None and latest > cursor.since else None
    # Known ids at a later time are no repeated page: those cases have left the group for the end.
    repeated = not ids or (known and following is None)
    if following is None and not repeated:
        last_look = cursor.last_look and latest is None
        return replace(cursor, page=cursor.page + 1, previous=ids, last_look=last_look)
    if cursor.page == 0 or (cursor.page == 1 and repeated):
        return _go_on(cursor, following)  # the group fitted one page: nothing could move past the reader
    return replace(cursor, rereading=True, page=cursor.page - 1, previous=(), resume_since=following)


def _go_on(cursor: Cursor, since: datetime | None) -> Cursor | None:
    if since is None and cursor.last_look:
        return None
    return replace(
        cursor,
        since=since or cursor.since + JUST_LATER,
        page=0,
        previous=(),
        rereading=False,
        resume_since=None,
        last_look=since is None,
    )


def _reread(cursor: Cursor) -> Cursor | None:
    if cursor.page == 0:
        return _go_on(cursor, cursor.resume_since)
    return replace(cursor, page=cursor.page - 1)


def _start_counting(cursor: Cursor, ids: tuple[str, ...]) -> Cursor:
    """Count pages from the window's beginning: the order that led here led past unread cases, perhaps."""
    start = cursor.start or cursor.since
    at_the_start = cursor.since == start and cursor.page == 0
    return replace(
        cursor,
        since=start,
        page=1 if at_the_start else 0,
        previous=ids if at_the_start else (),
        last_look=False,
        by_count=True,
    )


def _count_on(cursor: Cursor, ids: tuple[str, ...], repeated: bool, started: datetime) -> Cursor | None:
    if not repeated:
        return replace(cursor, page=cursor.page + 1, previous=ids)
    if cursor.catching_up:
        return None
    since = max(started - CLOCK_DIFFERENCE, cursor.since)
    return replace(cursor, since=since, page=0, previous=(), catching_up=True)
