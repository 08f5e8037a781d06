"""The window of a case sync: which cases a run looks at, and how it pages without missing any."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
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
MAX_REPEATS: Final = 20  # pages of one group that are read again because they were answered twice

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
    change meanwhile cannot shift others past the reader.

    Only where more cases share one instant than fit a page are they counted: the group. A case that leaves
    it, for a later time, moves those behind it forward, past a reader who counts up. So the reader looks for
    the group's last page first, in steps that double and then halve, and reads from there to its beginning:
    what moves forward moves into pages still to be read. `low` is the last page known to be of the group
    as a whole, `high` one that holds its end or nothing of it, and what it holds of it is read.
    """

    since: datetime
    page: int = 0
    previous: tuple[str, ...] = ()  # ids of the page before, bounded by the page size
    start: datetime | None = None  # where the window begins
    low: int = 0
    high: int | None = None  # None as long as no end was found
    going_down: bool = False
    repeats: int = 0  # answers that were another page's, of this group or, by count, one after the other
    resume_since: datetime | None = None  # where to go on after the group; None: just after its instant
    last_look: bool = False  # nothing was left; once more for what changed since
    by_count: bool = False  # the server does not order by time: count pages, then look for changes once
    catching_up: bool = False  # that look
    requests: int = 0

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in values.items()
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Cursor":
        """Read what `to_data` wrote. A cursor of an older release begins the group it was in anew."""
        known = {field.name for field in fields(cls)}
        if not known <= set(data):
            old = {name: data[name] for name in ("since", "start", "by_count", "catching_up", "requests")}
            data = {**old, "page": data["page"] if data["by_count"] else 0}
        instants = {
            name: datetime.fromisoformat(data[name])
            for name in ("since", "start", "resume_since")
            if data.get(name) is not None
        }
        return cls(**{**data, **instants, "previous": tuple(data.get("previous", ()))})


def advance(cursor: Cursor, rows: Sequence[Row], run_started: datetime) -> Cursor | None:
    """Return where to read next after a page brought `rows`, or None when all has been read.

    Raises UnreadableAnswerError when MAX_REQUESTS pages do not come to an end.
    """
    if cursor.requests >= MAX_REQUESTS:
        raise UnreadableAnswerError(
            f"the case search did not come to an end within {MAX_REQUESTS} pages", limit=str(MAX_REQUESTS)
        )
    cursor = replace(cursor, requests=cursor.requests + 1, start=cursor.start or cursor.since)
    ids = tuple(integration_id for integration_id, _ in rows)
    times = [modified for _, modified in rows if modified is not None]
    if cursor.by_count:
        return _count_on(cursor, ids, run_started)
    if any(later < earlier for earlier, later in pairwise(times)):
        return _start_counting(cursor, ids)
    if cursor.going_down:
        return _go_down(cursor, ids)
    later = [modified for modified in times if modified > cursor.since]
    if cursor.page:
        return _look_for_the_end(cursor, ids, later)
    latest = times[-1] if times else None
    if not ids or (cursor.last_look and latest is not None and latest < cursor.since):
        return None
    if later:
        return _go_on(cursor, later[-1])
    return replace(cursor, page=1, previous=ids, last_look=cursor.last_look and latest is None)


def _go_on(cursor: Cursor, since: datetime | None) -> Cursor | None:
    """Leave the group, if it was one, for `since`; None there means just after it."""
    if since is None and cursor.last_look:
        return None
    return replace(
        _outside(cursor),
        since=since or cursor.since + JUST_LATER,
        last_look=since is None,
    )


def _outside(cursor: Cursor) -> Cursor:
    return replace(
        cursor,
        page=0,
        previous=(),
        low=0,
        high=None,
        going_down=False,
        repeats=0,
        resume_since=None,
        last_look=False,
    )


def _look_for_the_end(cursor: Cursor, ids: tuple[str, ...], later: Sequence[datetime]) -> Cursor | None:
    """Take the step after a page, past the first, that was asked for to find the group's last page."""
    page = cursor.page
    # A server that has no such page may answer with its last one instead.
    again = bool(ids) and set(ids) <= set(cursor.previous)
    if cursor.high is None:
        if later or not ids:
            cursor = replace(cursor, high=page, previous=(), resume_since=later[0] if later else None)
        elif not again:
            return replace(cursor, low=page, previous=ids, page=2 * page + 1)
        elif page == 1:  # or a page was answered twice by mistake: the next step tells
            return replace(cursor, page=3)
        else:
            last = (page - 1) // 2  # the step before brought this page already
            cursor = replace(cursor, low=(last - 1) // 2, high=last)
    elif later or not ids or again:
        cursor = replace(cursor, high=page, resume_since=later[0] if later else cursor.resume_since)
    else:
        cursor = replace(cursor, low=page)
    assert cursor.high is not None  # noqa: S101 - set above; for the type checker
    if cursor.high - cursor.low > 1:
        return replace(cursor, page=(cursor.low + cursor.high) // 2)
    if cursor.high == 1 and not later:
        return _go_on(cursor, None)  # the group fitted one page, and nothing has left it: it would be later
    if cursor.low == page:  # just read, after all behind it
        return replace(cursor, going_down=True, page=page - 1, previous=ids, repeats=0)
    return replace(cursor, going_down=True, page=cursor.low, previous=(), repeats=0)


def _go_down(cursor: Cursor, ids: tuple[str, ...]) -> Cursor | None:
    # Most of the page before again: that one was answered with this one by mistake. Read both once more.
    shared = len(set(ids) & set(cursor.previous))
    if 2 * shared > len(cursor.previous) > 0 and cursor.repeats < MAX_REPEATS:
        return replace(cursor, page=cursor.page + 1, previous=(), repeats=cursor.repeats + 1)
    if cursor.page == 0:
        return _go_on(cursor, cursor.resume_since)
    return replace(cursor, page=cursor.page - 1, previous=ids)


def _start_counting(cursor: Cursor, ids: tuple[str, ...]) -> Cursor:
    """Count pages from the window's beginning: the order that led here led past unread cases, perhaps."""
    start = cursor.start or cursor.since
    at_the_start = cursor.since == start and cursor.page == 0
    return replace(
        _outside(cursor),
        since=start,
        page=1 if at_the_start else 0,
        previous=ids if at_the_start else (),
        by_count=True,
    )


def _count_on(cursor: Cursor, ids: tuple[str, ...], started: datetime) -> Cursor | None:
    if ids and not (cursor.page > 0 and set(ids) <= set(cursor.previous)):
        return replace(cursor, page=cursor.page + 1, previous=ids, repeats=0)
    if ids and not cursor.repeats:  # the last page again, or a page was answered twice by mistake
        return replace(cursor, repeats=1)
    if cursor.catching_up:
        return None
    since = max(started - CLOCK_DIFFERENCE, cursor.since)
    return replace(cursor, since=since, page=0, previous=(), repeats=0, catching_up=True)
