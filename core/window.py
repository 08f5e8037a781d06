"""The window of a case sync: which cases a run looks at, and how it pages without missing any.

Three ways, each where the one before cannot do (ADR 83). Pages in the order of time, keyed by time. Where a
server keeps no order of time, windows that are halved until one answer holds what is in them
(`core.window_halves`). Where one instant has more cases than an answer and its cases come in no fixed order,
they are read again and again until nothing new comes (`core.window_sets`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from core.cursor import JUST_LATER, MARGIN, Cursor, Place, Row, Window
from core.errors import UnreadableAnswerError
from core.window_halves import Halves
from core.window_sets import OneSet

FIRST_WINDOW: Final = timedelta(days=3653)  # ten years (Walkthrough, 03)
LATER_WINDOW: Final = timedelta(days=30)
# The end is open: a case that changes while the run reads moves to the end of the order, where the run
# meets it again. The day covers a server clock that runs ahead of ours.
OPEN_END: Final = timedelta(days=1)
MAX_REQUESTS: Final = 100_000
MAX_REPEATS: Final = 20  # pages of one group that are read again because they were answered twice
MAX_PAGE: Final = 1 << 20  # a server that has rows on every page, however far, has no last one
FEW_ROWS: Final = 8  # on so small a page some order is likely by chance
_SURE_ROWS: Final = 12  # rows that came again, page by page, in the same order: not by chance
# How far around a group's instant it is looked for, one after the other: a server may compare whole seconds.
_BREADTHS: Final = (timedelta(), timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page brought: `rows`, and the number of all rows of the window, where the server tells it.

    `met` counts the different cases that the reading of one set has brought so far, this page included.
    """

    rows: Sequence[Row]
    total: int | None = None
    met: int = 0


def window_for(now: datetime, *, first: bool) -> Window:
    """Ten years for a firm's first run or after a reset, thirty days otherwise."""
    return Window(now - (FIRST_WINDOW if first else LATER_WINDOW), now + OPEN_END)


def covers_everything(window: Window) -> bool:
    """Tell whether it is a window of ten years, which holds every case of the firm."""
    return window.until - window.since > FIRST_WINDOW


def advance(cursor: Cursor, answer: Answer, window: Window) -> Cursor:
    """Return where to read next after a page brought `answer`; it is `over` when all has been read.

    Raises UnreadableAnswerError when MAX_REQUESTS pages do not come to an end.
    """
    if cursor.requests >= MAX_REQUESTS:
        raise UnreadableAnswerError(
            f"the case search did not come to an end within {MAX_REQUESTS} pages", limit=str(MAX_REQUESTS)
        )
    cursor = replace(
        cursor,
        requests=cursor.requests + 1,
        start=cursor.start or cursor.since,
        largest=max(cursor.largest, len(answer.rows)),
    )
    if cursor.one_set is not None:
        return _on_in_the_set(cursor, cursor.one_set, answer, window)
    if cursor.halves is not None:
        return _on_by_halves(cursor, cursor.halves, answer, window)
    ids = tuple(integration_id for integration_id, _ in answer.rows)
    if cursor.checking is not None:
        if _nothing_unread(cursor, answer.rows, cursor.checking):
            return _go_on(cursor, cursor.checking, came_from=cursor.since if cursor.previous else None)
        return _by_halves(cursor)
    if cursor.looking_back:
        if any(at == cursor.since for _, at in answer.rows):
            return _by_halves(cursor)  # it is there, and was not told of where its own time was asked for
        return replace(cursor, looking_back=False, is_awaited=False)  # it has changed meanwhile, or gone
    places = [_place(integration_id, at) for integration_id, at in answer.rows if at is not None]
    if any(later[0] < earlier[0] for earlier, later in pairwise(places)):
        return _by_halves(cursor)
    if cursor.going_down:
        return _go_down(cursor, ids, places)
    later = [place[0] for place in places if place[0] > cursor.since]
    if cursor.page:
        return _look_for_the_end(cursor, ids, places, later)
    if cursor.is_awaited and not (places and places[0][0] <= cursor.since):
        return _by_halves(cursor) if cursor.came_from is None else replace(cursor, looking_back=True)
    latest = places[-1][0] if places else None
    if not ids:
        return replace(cursor, over=True)
    if cursor.last_look and latest is not None and latest < cursor.since - MARGIN:
        # A server that compares coarser times gives what was read before: full of that, a page may hide more.
        return _by_halves(cursor) if len(ids) >= cursor.largest else replace(cursor, over=True)
    if later:
        return _leave_page(cursor, ids, later[-1])
    if _disordered(places):
        return _as_a_set(cursor)
    return replace(
        cursor,
        page=1,
        previous=ids,
        last_look=cursor.last_look and latest is None,
        is_of_few=latest is not None and cursor.largest < FEW_ROWS,
    )


def _place(integration_id: str, at: datetime) -> Place:
    """Return a row's place by time, then id; ids are numbers, whose order is that of length, then digits."""
    return (at, len(integration_id) if integration_id.isdecimal() else 0, integration_id)


def _disordered(places: Sequence[Place]) -> bool:
    return any(later < earlier for earlier, later in pairwise(places))


def _leave_page(cursor: Cursor, ids: tuple[str, ...], since: datetime) -> Cursor:
    """Go on from a page's last time; before that, now and then, see that nothing lies before it unread.

    A page may look ordered by chance, or because all its cases were changed at once. The first, second,
    fourth, … page is looked into, and each small one: what is asked for anew, up to its last time, must have
    stood on it.
    """
    pages = cursor.pages + 1
    cursor = replace(cursor, pages=pages)
    is_few = len(ids) < FEW_ROWS and len(ids) >= cursor.largest  # a smaller one is the end of it all
    passed_over = pages & (pages - 1) and not is_few
    if passed_over or since - cursor.since <= 2 * MARGIN + JUST_LATER:
        return _go_on(cursor, since, came_from=cursor.since)
    return replace(cursor, previous=ids, checking=since)


def _leave_group(cursor: Cursor, since: datetime | None) -> Cursor:
    """Go on behind a group, all of which was read; before that see that nothing lies between it and `since`.

    What came behind it on its last page is not what follows it, where a server's order is by chance alone.
    """
    just_after = _just_after(cursor)
    if since is None or since - just_after <= 2 * MARGIN + JUST_LATER:
        return _go_on(cursor, since)
    return replace(_outside(cursor), since=just_after, checking=since)


def _nothing_unread(cursor: Cursor, rows: Sequence[Row], until: datetime) -> bool:
    """Tell whether all of these, asked for from `since`, were read.

    They were on the page before. Where that was a group's, and not kept, none may lie between its instant and
    `until`: a server that compares whole days gives those on either side, too.
    """
    if cursor.previous:
        return {integration_id for integration_id, _ in rows} <= set(cursor.previous)
    return all(at is not None and not cursor.since <= at < until - MARGIN for _, at in rows)


def _go_on(cursor: Cursor, since: datetime | None, *, came_from: datetime | None = None) -> Cursor:
    """Leave the group, if it was one, for `since`; None there means just after it."""
    if since is None and cursor.last_look:
        return replace(cursor, over=True)
    return replace(
        _outside(cursor),
        since=since or _just_after(cursor),
        last_look=since is None,
        is_awaited=since is not None,
        came_from=came_from,
    )


def _just_after(cursor: Cursor) -> datetime:
    return cursor.since + MARGIN + JUST_LATER  # so that the request reaches back to none of it


def _outside(cursor: Cursor) -> Cursor:
    """Return it with what holds for the whole reading alone."""
    return Cursor(
        cursor.since,
        start=cursor.start,
        pages=cursor.pages,
        largest=cursor.largest,
        unproven=cursor.unproven,
        requests=cursor.requests,
    )


def _look_for_the_end(
    cursor: Cursor, ids: tuple[str, ...], places: Sequence[Place], later: Sequence[datetime]
) -> Cursor:
    """Take the step after a page, past the first, that was asked for to find the group's last page."""
    page = cursor.page
    of_the_group = [place for place in places if place[0] <= cursor.since]
    # So few rows look like an order, and like a group's end, by chance.
    by_chance = cursor.is_of_few and bool(ids) and ids != cursor.previous
    if by_chance or _disordered(of_the_group) or page > MAX_PAGE:
        return _as_a_set(cursor)
    # A server that has no such page may answer with its last one instead.
    again = bool(ids) and ids == cursor.previous
    if cursor.high is not None and not later and ids:
        cursor = replace(cursor, lowest=page)
    elif later or not ids:
        cursor = _ends_at(cursor, page, of_the_group, later)
    elif not again:
        return replace(cursor, lowest=page, previous=ids, page=2 * page + 1, repeats=0)
    else:
        last, repeats = cursor.lowest, cursor.repeats + 1
        by_chance = len(ids) >= cursor.largest and len(ids) * repeats < _SURE_ROWS
        if by_chance or (last == 0 and repeats == 1):  # or it was answered twice by mistake
            return replace(cursor, page=2 * page + 1, repeats=repeats)
        if last == 0:
            return _go_on(cursor, None)
        cursor = _ends_at(replace(cursor, lowest=(last - 1) // 2), last, of_the_group, ())
    assert cursor.high is not None  # noqa: S101 - set above; for the type checker
    if cursor.high - cursor.lowest > 1:
        return replace(cursor, page=(cursor.lowest + cursor.high) // 2)
    if cursor.high == 1 and not later and cursor.least is None:
        return _go_on(cursor, None)  # the group fitted one page, and nothing has left it: it would be later
    if cursor.lowest == page:  # just read, after all behind it
        if _out_of_place(cursor, ids, of_the_group):
            return _as_a_set(cursor)
        least = of_the_group[0] if of_the_group else cursor.least
        return replace(cursor, going_down=True, page=page - 1, previous=ids, repeats=0, least=least)
    return replace(cursor, going_down=True, page=cursor.lowest, previous=(), repeats=0)


def _ends_at(cursor: Cursor, page: int, of_the_group: Sequence[Place], later: Sequence[datetime]) -> Cursor:
    resume = later[0] if later else cursor.resume_since
    least = of_the_group[0] if of_the_group else None
    return replace(cursor, high=page, previous=(), resume_since=resume, least=least)


def _out_of_place(cursor: Cursor, ids: Sequence[str], places: Sequence[Place]) -> bool:
    """Tell whether a page breaks the order of ids, there where the page behind it was read before.

    What has left the group moves some of that page to this one: those stand on both.
    """
    if _disordered(places):
        return True
    if cursor.least is None:
        return False
    over = [place for place in places if place >= cursor.least]
    if not over:
        return False
    return len(ids) < FEW_ROWS or not {place[2] for place in over} <= set(cursor.previous)


def _go_down(cursor: Cursor, ids: tuple[str, ...], places: Sequence[Place]) -> Cursor:
    of_the_group = [place for place in places if place[0] <= cursor.since]
    if _out_of_place(cursor, ids, of_the_group):
        return _as_a_set(cursor)
    # Most of the page before again: that one was answered with this one by mistake. Read both once more.
    shared = len(set(ids) & set(cursor.previous))
    if 2 * shared > len(cursor.previous) > 0 and cursor.repeats < MAX_REPEATS:
        return replace(cursor, page=cursor.page + 1, previous=(), repeats=cursor.repeats + 1, least=None)
    if cursor.page == 0:
        return _leave_group(cursor, cursor.resume_since)
    least = of_the_group[0] if of_the_group else cursor.least
    return replace(cursor, page=cursor.page - 1, previous=ids, least=least)


def _as_a_set(cursor: Cursor) -> Cursor:
    """Read the group at `since` as a set: its cases come in no order that could be relied on."""
    breadth = _BREADTHS[cursor.breadth]
    one_set = OneSet(cursor.since - breadth, cursor.since + breadth, around=cursor.since)
    return replace(_outside(cursor), breadth=cursor.breadth, one_set=one_set)


def _on_in_the_set(cursor: Cursor, one_set: OneSet, answer: Answer, window: Window) -> Cursor:
    following = one_set.after(answer.rows, answer.met, answer.total, MARGIN)
    if not following.ended:
        return replace(cursor, one_set=following)
    unproven = cursor.unproven + (not following.proven)
    cursor = replace(cursor, one_set=None, unproven=unproven)
    if cursor.halves is not None:
        behind = one_set.until + MARGIN + JUST_LATER
        begins = None if behind >= window.until else behind
        return _next_part(cursor, cursor.halves, begins)
    if not following.found and cursor.breadth + 1 < len(_BREADTHS):
        # All have left it, or the server does not tell times so finely: the group's first page tells.
        return replace(_outside(cursor), breadth=cursor.breadth + 1)
    return _go_on(cursor, None)


def _by_halves(cursor: Cursor) -> Cursor:
    """Read from the window's beginning: the order that led here led past unread cases, perhaps."""
    return replace(_outside(cursor), since=cursor.start or cursor.since, halves=Halves())


def _on_by_halves(cursor: Cursor, halves: Halves, answer: Answer, window: Window) -> Cursor:
    since, until = cursor.since, halves.until or window.until
    halves = halves.with_page(cursor.page, answer.rows)
    if halves.page is not None:
        return replace(cursor, page=halves.page, halves=halves)
    if halves.fits:
        return _next_part(cursor, halves.behind(since, len(answer.rows)))
    foreign = any(at is not None and not since - MARGIN <= at <= until + MARGIN for _, at in answer.rows)
    smaller = None if foreign else halves.split(since, until, answer.total)
    if smaller is None:  # no smaller part would hold less
        if not foreign and halves.until is None and halves.latest is not None and halves.latest >= since:
            until = halves.latest  # what is not past would gain cases while it is read
        return replace(cursor, one_set=OneSet(since, until), halves=halves)
    return replace(cursor, page=smaller.first_page, halves=smaller)


def _next_part(cursor: Cursor, halves: Halves, begins: datetime | None = None) -> Cursor:
    begins = begins or halves.until
    if begins is None:  # it went to the open end
        return replace(cursor, over=True)
    following = halves.next(begins)
    return replace(cursor, since=begins, page=following.first_page, halves=following)
