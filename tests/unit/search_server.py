"""A case search to try the paging against: sorted or not, clamping, with cases that change meanwhile."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random

from core.cursor import Cursor, Row, Search
from core.window import Answer, advance, window_for

RUN_STARTED = datetime(2026, 11, 2, 21, 15, tzinfo=UTC)
LONG_AGO = RUN_STARTED - timedelta(days=20)
ENOUGH_REQUESTS = 20_000
MANY = 500  # rows asked for where a set is read


class Order(StrEnum):
    """In what order the server answers."""

    TIME = "time"  # and id
    TIME_NEWEST_ID = "time, ids downwards"
    TIES_AT_RANDOM = "time, and no order within"
    TIES_AT_RANDOM_BUT_BY_ID = "time, and no order within, but by id where that is asked for"
    ID = "id"
    NEWEST_FIRST = "newest first"
    RANDOM = "none, a new one at each request"


_AT_RANDOM = {Order.TIES_AT_RANDOM, Order.TIES_AT_RANDOM_BUT_BY_ID, Order.RANDOM}


class Totals(StrEnum):
    """What the server says of the number of all rows."""

    NONE = "nothing"
    RIGHT = "right"
    ONE_SHORT = "one too few"
    ROWS = "the rows of the page"
    MORE = "too many"


@dataclass(frozen=True)
class Drift:
    """What happens between two requests: cases change, all at one instant, and new ones come, or some go."""

    changed: tuple[int, ...] = ()  # places among all cases, taken modulo their number
    created: int = 0
    gone: tuple[int, ...] = ()


@dataclass
class SearchServer:
    """Cases by id with the instants of their last change; every change moves its clock on."""

    cases: dict[str, datetime]
    page_size: int
    order: Order = Order.TIME
    clamps: bool = False
    blind: frozenset[str] = frozenset()  # cases whose time of change cannot be read
    repeated: frozenset[int] = frozenset()  # numbers of requests answered with the page before
    cap: int | None = None  # most rows of an answer; None: as many as are asked for
    totals: Totals = Totals.NONE
    exclusive: bool = False  # neither end belongs to the window
    step: timedelta | None = None  # in which times are compared, rounded down
    takes_finer: bool = False  # those of requests are compared as they are, and not rounded down
    told: Callable[[datetime], datetime] | None = None  # a time as it is told, where that is another one
    seed: int = 0
    now: datetime = RUN_STARTED
    requests: list[tuple[datetime, int]] = field(default_factory=list)
    _in_order: list[tuple[str, datetime]] = field(default_factory=list)  # empty after a change
    _found: tuple[object, list[tuple[str, datetime]]] = (None, [])  # what was asked for last, of these

    def page(self, search: Search) -> Answer:
        """Answer one request."""
        page, size = search.page, MANY if search.by_id else self.page_size
        size = min(size, self.cap or size)
        if len(self.requests) in self.repeated:
            page = max(0, page - 1)
        self.requests.append((search.since, page))
        rows = self._asked_for(search)
        total = len(rows)
        if self.clamps and rows:
            page = min(page, (len(rows) - 1) // size)
        rows = rows[page * size : (page + 1) * size]
        told = self.told or (lambda at: at)
        found: list[Row] = [(case, None if case in self.blind else told(at)) for case, at in rows]
        return Answer(found, self._total(total, len(rows)))

    def _asked_for(self, search: Search) -> list[tuple[str, datetime]]:
        if self.order in _AT_RANDOM:
            return self._within(self._sorted(search), search)
        asked = (search.since, search.until)
        if not self._in_order or self._found[0] != asked:
            self._found = asked, self._within(self._sorted(search), search)
        return self._found[1]

    def _within(self, rows: list[tuple[str, datetime]], search: Search) -> list[tuple[str, datetime]]:
        # A request names milliseconds: its beginning is rounded down, its end up.
        since = search.since - timedelta(microseconds=search.since.microsecond % 1000)
        until = search.until + timedelta(microseconds=-search.until.microsecond % 1000)
        if not self.takes_finer:
            since, until = self._coarse(since), self._coarse(until)
        if self.exclusive:
            return [row for row in rows if since < row[1] < until]
        if self.step is not None:
            return [row for row in rows if since <= self._coarse(row[1]) <= until]
        return [row for row in rows if since <= row[1] <= until]

    def _coarse(self, moment: datetime) -> datetime:
        if self.step is None:
            return moment
        return moment - (moment - datetime(2000, 1, 1, tzinfo=UTC)) % self.step

    def _total(self, total: int, rows: int) -> int | None:
        if self.totals is Totals.NONE:
            return None
        return {
            Totals.RIGHT: total,
            Totals.ONE_SHORT: max(total - 1, 0),
            Totals.ROWS: rows,
            Totals.MORE: 2 * total + 3,
        }[self.totals]

    def _sorted(self, search: Search) -> list[tuple[str, datetime]]:
        if self.order in _AT_RANDOM and not (search.by_id and self.order is Order.TIES_AT_RANDOM_BUT_BY_ID):
            rows = list(self.cases.items())
            Random(f"{self.seed}/{len(self.requests)}").shuffle(rows)
            return rows if self.order is Order.RANDOM else sorted(rows, key=lambda row: row[1])
        if not self._in_order:
            newest_first = self.order is Order.NEWEST_FIRST
            self._in_order = sorted(self.cases.items(), key=self._place, reverse=newest_first)
            if self.order is Order.TIME_NEWEST_ID:
                self._in_order.sort(key=lambda row: row[0], reverse=True)
                self._in_order.sort(key=lambda row: row[1])
        return self._in_order

    def _place(self, row: tuple[str, datetime]) -> tuple[object, ...]:
        case, at = row
        return (case,) if self.order is Order.ID else (at, case)

    def drift(self, drift: Drift) -> bool:
        """Let cases change, come and go; return whether any did."""
        if not drift.changed and not drift.created and not drift.gone:
            return False
        self.now += timedelta(seconds=1)
        self._in_order = []
        names = sorted(self.cases)
        for place in drift.changed:
            if names:
                self.cases[names[place % len(names)]] = self.now
        for place in drift.gone:
            if names:
                self.cases.pop(names[place % len(names)], None)
        for number in range(drift.created):
            self.cases[f"new-{len(self.cases):05}-{number}"] = self.now
        return True


@dataclass
class Reading:
    """What a run saw: every (case, instant), and how the cases stood when requests began.

    `at_the_last_part` is how they stood when a server without order was asked for its last part, without
    what has changed or gone since. `unproven` counts what the reading would not vouch for.
    """

    seen: set[Row]
    at_the_last_request: Mapping[str, datetime]
    at_the_last_part: Mapping[str, datetime]
    unproven: int

    def missed(self, standing: Mapping[str, datetime], since: datetime) -> set[Row]:
        """Return what stood so in the window and was not seen so; a case without a time, if not at all."""
        stood = {(case, at) for case, at in standing.items() if at >= since}
        return {(case, at) for case, at in stood - self.seen if (case, None) not in self.seen}


def read_all(server: SearchServer, drifts: Iterable[Drift] = ()) -> Reading:
    """Run the paging to its end, with one drift before each request for as long as there are drifts.

    The cursor goes through its stored form each time, as it does between two slices.
    """
    window = window_for(RUN_STARTED, first=False)
    cursor = Cursor(window.since)
    coming = iter(drifts)
    seen: set[Row] = set()
    met: set[str] = set()
    before: Mapping[str, datetime] = {}
    last_part: Mapping[str, datetime] = {}
    while not cursor.over:
        if server.drift(next(coming, Drift())) or not before:
            before = dict(server.cases)
        if cursor.halves is None or (cursor.halves.until is None and cursor.page == 0):
            last_part = before
        answer = server.page(cursor.search(window))
        seen.update(answer.rows)
        if cursor.one_set is not None:
            met = set() if cursor.one_set.requests == 0 else met
            met |= {case for case, _ in answer.rows}
            answer = Answer(answer.rows, answer.total, len(met))
        cursor = advance(cursor, answer, window)
        cursor = Cursor.from_data(cursor.to_data())
        assert len(server.requests) < ENOUGH_REQUESTS, "the reading does not come to an end"
    stayed = {case: at for case, at in last_part.items() if server.cases.get(case) == at}
    return Reading(seen, before, stayed, cursor.unproven)


def cases_at(*instants: int) -> dict[str, datetime]:
    """Return cases named in order, changed at these minutes after LONG_AGO."""
    return {f"case-{n:05}": LONG_AGO + timedelta(minutes=minute) for n, minute in enumerate(instants)}
