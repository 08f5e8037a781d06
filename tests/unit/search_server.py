"""A case search to try the paging against: sorted or not, clamping, with cases that change meanwhile."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from core.window import Cursor, Row, advance, window_for

RUN_STARTED = datetime(2026, 11, 2, 21, 15, tzinfo=UTC)
LONG_AGO = RUN_STARTED - timedelta(days=20)
ENOUGH_REQUESTS = 5_000


class Order(StrEnum):
    """In what order the server answers."""

    TIME = "time"
    ID = "id"
    NEWEST_FIRST = "newest first"


@dataclass(frozen=True)
class Drift:
    """What happens between two requests: some cases change, all at one instant, and new ones come."""

    changed: tuple[int, ...] = ()  # places among all cases, taken modulo their number
    created: int = 0


@dataclass
class SearchServer:
    """Cases by id with the instants of their last change; every change moves its clock on."""

    cases: dict[str, datetime]
    page_size: int
    order: Order = Order.TIME
    clamps: bool = False
    blind: frozenset[str] = frozenset()  # cases whose time of change cannot be read
    repeated: frozenset[int] = frozenset()  # numbers of requests answered with the page before
    now: datetime = RUN_STARTED
    requests: list[tuple[datetime, int]] = field(default_factory=list)
    _in_order: list[tuple[str, datetime]] = field(default_factory=list)  # empty after a change

    def page(self, since: datetime, until: datetime, page: int) -> list[Row]:
        """Answer one request."""
        if len(self.requests) in self.repeated:
            page = max(0, page - 1)
        self.requests.append((since, page))
        if not self._in_order:
            self._in_order = sorted(
                self.cases.items(), key=self._place, reverse=self.order is Order.NEWEST_FIRST
            )
        rows = [row for row in self._in_order if since <= row[1] <= until]
        if self.clamps and rows:
            page = min(page, (len(rows) - 1) // self.page_size)
        rows = rows[page * self.page_size : (page + 1) * self.page_size]
        return [(case, None if case in self.blind else at) for case, at in rows]

    def _place(self, row: tuple[str, datetime]) -> tuple[object, ...]:
        case, at = row
        return (case,) if self.order is Order.ID else (at, case)

    def drift(self, drift: Drift) -> None:
        """Let cases change and come."""
        if not drift.changed and not drift.created:
            return
        self.now += timedelta(seconds=1)
        self._in_order = []
        names = sorted(self.cases)
        for place in drift.changed:
            if names:
                self.cases[names[place % len(names)]] = self.now
        for number in range(drift.created):
            self.cases[f"new-{len(self.cases):05}-{number}"] = self.now


@dataclass
class Reading:
    """What a run saw: every (case, instant), and how the cases stood when requests began.

    `at_the_second_pass` holds what stood so when a server without order was read again, and did to the end.
    """

    seen: set[Row]
    at_the_last_request: Mapping[str, datetime]
    at_the_second_pass: Mapping[str, datetime]

    def missed(self, standing: Mapping[str, datetime], since: datetime) -> set[Row]:
        """Return what stood so in the window and was not seen so; a case without a time, if not at all."""
        stood = {(case, at) for case, at in standing.items() if at >= since}
        return {(case, at) for case, at in stood - self.seen if (case, None) not in self.seen}


def read_all(server: SearchServer, drifts: Iterable[Drift] = ()) -> Reading:
    """Run the paging to its end, with one drift before each request for as long as there are drifts.

    The cursor goes through its stored form each time, as it does between two slices.
    """
    window = window_for(RUN_STARTED, first=False)
    cursor: Cursor | None = Cursor(window.since)
    coming = iter(drifts)
    seen: set[Row] = set()
    second_pass: Mapping[str, datetime] = dict(server.cases)
    before: Mapping[str, datetime] = {}
    while cursor is not None:
        server.drift(next(coming, Drift()))
        before = dict(server.cases)
        if cursor.by_count and (not cursor.catching_up or cursor.page == 0):
            second_pass = before
        rows = server.page(cursor.since, window.until, cursor.page)
        seen.update(rows)
        cursor = advance(cursor, rows, RUN_STARTED)
        if cursor is not None:
            cursor = Cursor.from_data(cursor.to_data())
        assert len(server.requests) < ENOUGH_REQUESTS, "the reading does not come to an end"
    stayed = {case: at for case, at in second_pass.items() if server.cases[case] == at}
    return Reading(seen, before, stayed)


def cases_at(*instants: int) -> dict[str, datetime]:
    """Return cases named in order, changed at these minutes after LONG_AGO."""
    return {f"case-{n:05}": LONG_AGO + timedelta(minutes=minute) for n, minute in enumerate(instants)}
